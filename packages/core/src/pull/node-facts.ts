import type { MachineFacts } from "../linux/machine-facts.ts";
import { boundedText } from "../linux/text.ts";
import { detectHypervisor } from "../linux/virtualization.ts";
import type { Labels } from "../samples.ts";
import type { Instant } from "../time.ts";
import type { Exposition } from "./prometheus-text.ts";
import { factsFrom, textOf } from "./pull-text.ts";

/** Series that facts are made of, besides those of the numbers. */
export const NODE_FACT_NAMES = ["node_uname_info", "node_os_info", "node_dmi_info", "node_cpu_info"];

/** What a machine is, from what its node_exporter tells. */
export function nodeFacts(found: Exposition, now: Instant): Partial<MachineFacts> {
  const uname = labelsOf(found, "node_uname_info");
  const os = labelsOf(found, "node_os_info");
  const dmi = labelsOf(found, "node_dmi_info");
  const cores = new Set(found.series("node_cpu_seconds_total").map(({ labels }) => labels["cpu"]));
  const [boot, time] = [found.value("node_boot_time_seconds"), found.value("node_time_seconds")];
  const hypervisor =
    dmi === undefined
      ? undefined
      : detectHypervisor({
          dmiProduct: dmi["product_name"],
          dmiVendor: dmi["system_vendor"],
          dmiBios: dmi["bios_vendor"],
          isBelowHypervisor: false,
        });
  return factsFrom("node_exporter", {
    hostName: textOf(uname?.["nodename"], 128),
    osName: textOf(os?.["pretty_name"], 128),
    osId: textOf(os?.["id"], 64),
    osVersion: textOf(os?.["version_id"], 64),
    kernel: textOf(uname?.["release"], 128),
    architecture: textOf(uname?.["machine"], 32),
    cpuModel: textOf(labelsOf(found, "node_cpu_info")?.["model_name"], 128),
    cpuCount: cores.size === 0 ? undefined : cores.size,
    memoryBytes: found.value("node_memory_MemTotal_bytes"),
    swapBytes: found.value("node_memory_SwapTotal_bytes"),
    // "none" would be a guess: a guest may hide what it is.
    virtualisation:
      hypervisor === undefined || hypervisor.kind === "none" ? undefined : boundedText(hypervisor.kind, 32),
    startedAt: boot === undefined || time === undefined ? undefined : Math.round(now - (time - boot) * 1_000),
  });
}

const labelsOf = (found: Exposition, name: string): Labels | undefined => found.series(name)[0]?.labels;
