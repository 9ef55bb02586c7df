import {
  type MachineFacts,
  boundedText,
  detectHypervisor,
  parseIpv4Addresses,
  parseIpv6Addresses,
  parseMemory,
  parseOsRelease,
  parseProcessors,
  parseProcessStat,
} from "@muster/core";
import type { CollectorConfig, CollectorDeps } from "./collector.ts";
import { readContainerCpu } from "./collectors/container-cpu.ts";
import { readContainerMemory, wholeMemory } from "./collectors/container-memory.ts";
import { readUptime } from "./collectors/uptime.ts";
import type { Host } from "./host.ts";
import { type Vantage, vantageOf } from "./vantage.ts";

export const ADDRESSES_MAX = 64;

/**
 * Reads what the machine says it is. Costs some thirty small files: meant for the start of a link and once an hour.
 * `externalAddress` is always null here; the agent sets it where its owner allows to ask.
 */
export async function readFacts(
  config: CollectorConfig,
  deps: Pick<CollectorDeps, "host" | "clock">,
): Promise<MachineFacts> {
  const { host, clock } = deps;
  const vantage = await vantageOf(host, config.hostRoot);
  const sources: Record<string, string> = {
    cpu: vantage.cpu.source,
    memory: vantage.memory.source,
    disk: vantage.disk.source,
    pressure: vantage.pressure.source,
    load: vantage.loadSource,
    uptime: vantage.uptime.source,
    filesystem: `statfs of the mounts in ${vantage.mountsPath}`,
    network: `${vantage.net}/dev`,
    temperature: `${vantage.sys}/class/hwmon and ${vantage.sys}/class/thermal`,
  };
  const note = <Value>(name: string, value: Value | undefined, source: string): Value | null => {
    if (value === undefined) return null;
    sources[name] = source;
    return value;
  };
  const [names, os, processors, memory, hypervisor, addresses, boot, uptimeSeconds] = await Promise.all([
    readNames(host, vantage),
    readOs(host, vantage),
    readProcessors(host, vantage),
    readMemory(host, vantage),
    readHypervisor(host, vantage),
    readAddresses(host, vantage),
    readBoot(host, vantage),
    readUptime(host, vantage),
  ]);
  const { container } = vantage;
  return {
    hostName: note("hostName", names.hostName?.text, names.hostName?.source ?? ""),
    osName: note("osName", os?.release.name, os?.source ?? ""),
    osVersion: note("osVersion", os?.release.version, os?.source ?? ""),
    osId: note("osId", os?.release.id, os?.source ?? ""),
    kernel: note("kernel", names.kernel, "/proc/sys/kernel/osrelease"),
    architecture: note("architecture", processors.architecture?.text, processors.architecture?.source ?? ""),
    cpuModel: note("cpuModel", processors.model, processors.modelSource),
    cpuCount: note("cpuCount", processors.count?.value, processors.count?.source ?? ""),
    cpuLimitCores: note("cpuLimitCores", processors.limitCores, `control group, ${vantage.cpu.source}`),
    memoryBytes: note("memoryBytes", memory?.totalBytes, memory?.source ?? ""),
    swapBytes: note("swapBytes", memory?.swapTotalBytes, memory?.source ?? ""),
    virtualisation: note("virtualisation", hypervisor?.kind, hypervisor?.source ?? ""),
    container: note("container", container?.kind ?? "none", container?.source ?? "no mark of a container found"),
    bootId: note("bootId", boot?.text, boot?.source ?? ""),
    startedAt: note(
      "startedAt",
      uptimeSeconds === undefined ? undefined : Math.round(clock.now() - uptimeSeconds * 1000),
      `now minus ${vantage.uptime.source}`,
    ),
    addresses: note("addresses", addresses, `${vantage.net}/fib_trie and if_inet6`) ?? [],
    externalAddress: null,
    sources,
  };
}

async function readNames(host: Host, { root, proc }: Vantage) {
  const [fromFile, fromKernel, kernel] = await Promise.all([
    root === "" ? undefined : host.readFile(`${root}/etc/hostname`, "once"),
    host.readFile(`${proc}/sys/kernel/hostname`, "once"),
    host.readFile(`${proc}/sys/kernel/osrelease`, "once"),
  ]);
  // Through a mounted root the kernel still answers with the name of the reader's own container.
  const file = text(fromFile, 256);
  const hostName =
    file !== undefined
      ? { text: file, source: "/etc/hostname" }
      : sourced(text(fromKernel, 256), "/proc/sys/kernel/hostname");
  return { hostName, kernel: text(kernel, 256) };
}

async function readOs(host: Host, { root }: Vantage) {
  for (const source of ["/etc/os-release", "/usr/lib/os-release"]) {
    const found = await host.readFile(root + source, "once");
    if (found !== undefined) return { release: parseOsRelease(found), source };
  }
  return undefined;
}

async function readProcessors(host: Host, vantage: Vantage) {
  const { proc, cpu } = vantage;
  const [info, arch, board, contained] = await Promise.all([
    host.readFile(`${proc}/cpuinfo`, "once"),
    host.readFile(`${proc}/sys/kernel/arch`, "once"),
    host.readFile(`${proc}/device-tree/model`, "once"),
    vantage.cgroup === undefined ? undefined : readContainerCpu(host, proc, vantage.cgroup),
  ]);
  const processors = parseProcessors(info ?? "");
  const boardModel = text(board?.replaceAll("\0", ""), 128);
  const architecture =
    sourced(text(arch, 32), "/proc/sys/kernel/arch") ??
    sourced(await machineName(host), "uname -m") ??
    sourced(processors.architecture, "/proc/cpuinfo");
  const setCores = cpu.from === "cgroup" && contained?.coresFrom === "group" ? contained.cores : undefined;
  return {
    model: processors.model ?? boardModel,
    modelSource: processors.model === undefined ? "/proc/device-tree/model" : "/proc/cpuinfo",
    count:
      setCores === undefined
        ? numbered(processors.count, "/proc/cpuinfo")
        : numbered(setCores, "processors that the control group allows"),
    limitCores: contained?.limitCores,
    architecture,
  };
}

/** Asked of a program only where the kernel has no file for it (before Linux 6.1). */
async function machineName(host: Host): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await host.execute(["/bin/uname", "-m"], { signal: AbortSignal.timeout(5_000) });
    return exitCode === 0 ? text(stdout, 32) : undefined;
  } catch {
    return undefined;
  }
}

async function readMemory(host: Host, { proc, memory: place }: Vantage) {
  const machine = parseMemory((await host.readFile(`${proc}/meminfo`, "once")) ?? "");
  if (machine === undefined) return undefined;
  const contained =
    place.from === "cgroup" ? await readContainerMemory(host, place.version, place.directory) : undefined;
  const limited = contained?.within(machine);
  return { ...(limited ?? wholeMemory(machine)), source: limited === undefined ? "/proc/meminfo" : place.source };
}

async function readHypervisor(host: Host, { proc, sys }: Vantage) {
  const names = [
    `${sys}/class/dmi/id/product_name`,
    `${sys}/class/dmi/id/sys_vendor`,
    `${sys}/class/dmi/id/bios_vendor`,
    `${sys}/hypervisor/type`,
    `${proc}/device-tree/hypervisor/compatible`,
    `${proc}/device-tree/model`,
    `${sys}/devices/system/clocksource/clocksource0/current_clocksource`,
    `${proc}/cpuinfo`,
  ];
  const [dmiProduct, dmiVendor, dmiBios, hypervisorType, deviceTreeHypervisor, deviceTreeModel, clockSource, info] =
    await Promise.all(names.map((name) => host.readFile(name, "once")));
  const { isBelowHypervisor } = parseProcessors(info ?? "");
  return detectHypervisor({
    dmiProduct,
    dmiVendor,
    dmiBios,
    hypervisorType,
    deviceTreeHypervisor,
    deviceTreeModel,
    clockSource,
    isBelowHypervisor,
  });
}

async function readAddresses(host: Host, { net }: Vantage): Promise<readonly string[] | undefined> {
  const [trie, routes, inet6] = await Promise.all(
    ["fib_trie", "route", "if_inet6"].map((name) => host.readFile(`${net}/${name}`, "once")),
  );
  if (trie === undefined && inet6 === undefined) return undefined;
  const all = [...parseIpv4Addresses(trie ?? "", routes ?? ""), ...parseIpv6Addresses(inet6 ?? "")];
  // Bridges of container engines have addresses that nobody outside can use.
  const outside = all.filter(
    ({ interface: name }) => name === undefined || !/^(?:docker|br-|virbr|cni|veth|lxcbr|lxdbr)/.test(name),
  );
  return (outside.length > 0 ? outside : all).map(({ address }) => address).slice(0, ADDRESSES_MAX);
}

async function readBoot(host: Host, { proc, sharesCounters }: Vantage) {
  const source = "/proc/sys/kernel/random/boot_id";
  const [id, init] = await Promise.all([
    host.readFile(`${proc}/sys/kernel/random/boot_id`, "once"),
    sharesCounters ? host.readFile(`${proc}/1/stat`, "once") : undefined,
  ]);
  const bootId = text(id, 36);
  if (bootId === undefined || !sharesCounters) return sourced(bootId, source);
  // A container has its host's boot id (some engines give it one of its own): the start of process 1 tells its restarts.
  const started = parseProcessStat(init ?? "")?.startTicks;
  return started === undefined
    ? sourced(bootId, source)
    : { text: `${bootId}/${started}`, source: `${source} and start of process 1` };
}

function text(value: string | undefined, charactersMax: number): string | undefined {
  const bounded = boundedText(value ?? "", charactersMax);
  return bounded === "" ? undefined : bounded;
}

const sourced = (
  value: string | undefined,
  source: string,
): { readonly text: string; readonly source: string } | undefined =>
  value === undefined ? undefined : { text: value, source };

const numbered = (
  value: number | undefined,
  source: string,
): { readonly value: number; readonly source: string } | undefined =>
  value === undefined ? undefined : { value, source };
