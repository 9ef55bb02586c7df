import type { MachineFacts } from "../linux/machine-facts.ts";
import { isFields } from "../services/definitions/index.ts";
import { redactText } from "../services/redact.ts";
import { type ServiceStatus, bareStatus } from "../services/service.ts";
import {
  type JsonRecord,
  PullTextError,
  amount,
  factsFrom,
  numberWithin,
  parseRecord,
  ratioOfPercent,
  recordsOf,
  textOf,
  writtenOf,
} from "./pull-text.ts";
import { type LookTimes, type PullReading, type PulledProcess, SampleList } from "./reading.ts";

const MIB = 1024 ** 2;
const PROCESSES_MAX = 50;
const SERVICES_MAX = 32;
/** An agent lists always the same units; one that lists others each time must not fill the memory. */
const INSTALLED_MAX = 1_000;
const COMMAND_CHARACTERS_MAX = 100;

export const SERVER_MONITOR_WARNING =
  "these numbers are approximate: the server-monitor agent counts bridges twice and tells CPU time of programs only; Muster's own agent tells more";

/** What an answer held that the one after it is judged by. */
interface Before {
  readonly uptimeSeconds: number | undefined;
  readonly askedMs: number;
}

/**
 * Reads answers to `GET /api/all` of the server-monitor agent, one after the other. Its faults are known: what cannot be
 * right is left out.
 */
export class ServerMonitorReader {
  #before: Before | undefined;
  /** Units that were once seen active, so that `inactive` means something: it is also said of what is not installed. */
  readonly #installed = new Set<string>();

  /** Throws PullTextError; an answer without a body is a failure of the agent, whatever its status. */
  read(text: string, times: LookTimes): PullReading {
    if (text.trim() === "") {
      this.#before = undefined;
      throw new PullTextError("the agent failed while it gathered its numbers: the answer is empty");
    }
    const answer = parseRecord(text);
    const { system, network, disk_io: diskIo, services } = answer;
    if (!isFields(system)) throw new PullTextError("the answer has no system; is this a server-monitor agent?");
    const list = new SampleList();
    const uptimeSeconds = secondsOfUptime(system["uptime"]);
    putSystem(system, list);
    list.put("uptime_seconds", uptimeSeconds);
    const traffic = isFields(network) ? network : {};
    list.put("network_machine_receive_bytes_total", mebibytes(traffic["total_rx_mb"]));
    list.put("network_machine_transmit_bytes_total", mebibytes(traffic["total_tx_mb"]));
    list.put("custom_connections", amount(traffic["connections"]));
    if (isFields(diskIo) && this.#areSpeedsRight(traffic, uptimeSeconds, times)) putDiskSpeeds(diskIo, list);
    this.#before = { uptimeSeconds, askedMs: times.askedMs };
    const sourceAt = typeof answer["timestamp"] === "string" ? Date.parse(answer["timestamp"]) : Number.NaN;
    return {
      samples: list.samples,
      facts: factsOf(system),
      services: this.#services(services),
      processes: processesOf(answer["processes"]),
      ...(Number.isFinite(sourceAt) ? { sourceAt } : {}),
      answeredBy: "server-monitor agent",
      warnings: [SERVER_MONITOR_WARNING],
    };
  }

  /** A look failed: the agent may have been started anew since. */
  interrupted(): void {
    this.#before = undefined;
  }

  /**
   * The first speeds after the agent's start are everything since boot over the agent's age. An agent that started since
   * the answer before is younger than the time between, so it tells more than all of its machine's traffic in that time.
   */
  #areSpeedsRight(traffic: JsonRecord, uptimeSeconds: number | undefined, { gotMs }: LookTimes): boolean {
    if (this.#before === undefined) return false;
    if ((uptimeSeconds ?? 0) < (this.#before.uptimeSeconds ?? 0)) return false;
    const seconds = (gotMs - this.#before.askedMs) / 1_000;
    const directions = [
      [traffic["rx_speed"], traffic["total_rx_mb"]],
      [traffic["tx_speed"], traffic["total_tx_mb"]],
    ].flatMap(([speed, total]) => {
      const [perSecond, all] = [amount(speed), amount(total)];
      return perSecond === undefined || all === undefined || all === 0 ? [] : [perSecond * seconds < 0.95 * all];
    });
    return directions.length > 0 && directions.every(Boolean);
  }

  #services(value: unknown): readonly ServiceStatus[] {
    const told = new Map<string, ServiceStatus>();
    for (const entry of recordsOf(value, SERVICES_MAX)) {
      const [name, word] = [textOf(entry["name"], 64), textOf(entry["status"], 64)];
      if (name === undefined || word === undefined || !/^[A-Za-z0-9@_.:-]+$/.test(name)) continue;
      if (word === "active" && this.#installed.size < INSTALLED_MAX) this.#installed.add(name);
      if (word !== "inactive" || this.#installed.has(name)) told.set(name, serviceOf(name, word));
    }
    return [...told.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

function serviceOf(name: string, word: string): ServiceStatus {
  const bare = { ...bareStatus({ driver: "systemd", name: `${name}.service` }), rawState: word };
  switch (word) {
    case "active":
      return { ...bare, state: "running", health: "healthy" };
    case "inactive":
      return { ...bare, state: "stopped" };
    case "failed":
      return { ...bare, state: "failed", health: "unhealthy", healthDetail: "it failed" };
    case "activating":
      return { ...bare, state: "starting" };
    case "deactivating":
      return { ...bare, state: "stopping" };
    default:
      return bare;
  }
}

function putSystem(system: JsonRecord, list: SampleList): void {
  const memory = isFields(system["memory"]) ? system["memory"] : {};
  const [totalBytes, usedBytes] = [mebibytes(memory["total"]), mebibytes(memory["used"])];
  list.put("memory_total_bytes", totalBytes);
  list.put("memory_used_bytes", usedBytes);
  if (totalBytes !== undefined && usedBytes !== undefined && totalBytes > 0)
    list.put("memory_used_ratio", Math.min(usedBytes / totalBytes, 1));
  const disk = isFields(system["disk"]) ? system["disk"] : {};
  const root = { mount: "/" };
  list.put("filesystem_total_bytes", bytesOfSize(disk["total"]), root);
  list.put("filesystem_used_bytes", bytesOfSize(disk["used"]), root);
  list.put("filesystem_available_bytes", bytesOfSize(disk["free"]), root);
  list.put("filesystem_used_ratio", ratioOfPercent(disk["percent"]), root);
  const cpu = isFields(system["cpu"]) ? system["cpu"] : {};
  // What they call usage is the time of programs alone.
  list.put("cpu_mode_ratio", ratioOfPercent(cpu["usage"]), { mode: "user" });
  const loads = /^([\d.]{1,12}), ([\d.]{1,12}), ([\d.]{1,12})$/.exec(writtenOf(cpu["load_avg"]))?.slice(1).map(Number);
  for (const [index, metric] of ["load1", "load5", "load15"].entries()) list.put(metric, loads?.[index]);
}

/** `iops` is the count of reads since boot: none means that the agent does not know this machine's disk, whose speeds are 0 then. */
function putDiskSpeeds(diskIo: JsonRecord, list: SampleList): void {
  if ((amount(diskIo["iops"]) ?? 0) === 0) return;
  list.put("disk_machine_read_bytes_per_second", mebibytes(diskIo["read_speed"]));
  list.put("disk_machine_written_bytes_per_second", mebibytes(diskIo["write_speed"]));
}

function factsOf(system: JsonRecord): Partial<MachineFacts> {
  const os = isFields(system["os"]) ? system["os"] : {};
  const cpu = isFields(system["cpu"]) ? system["cpu"] : {};
  const memory = isFields(system["memory"]) ? system["memory"] : {};
  return factsFrom("server-monitor agent", {
    hostName: textOf(system["hostname"], 128),
    osName: textOf(os["name"], 128),
    osId: textOf(os["distro_id"], 64),
    osVersion: textOf(os["version_id"], 64),
    kernel: textOf(os["kernel"], 128),
    architecture: textOf(os["arch"], 32),
    cpuCount: numberWithin(cpu["count"], 1, 65_536),
    memoryBytes: mebibytes(memory["total"]),
    container: containerOf(os),
  });
}

/** A machine that runs Docker is taken for a container of it, so that answer tells nothing. */
function containerOf({ is_container: isContainer, container_type: type }: JsonRecord): string | undefined {
  if (isContainer === false) return "none";
  return isContainer === true && type === "lxc" ? "lxc" : undefined;
}

/** Shares are averages over the life of each process; secrets in command lines are replaced. */
function processesOf(value: unknown): readonly PulledProcess[] {
  return recordsOf(value, PROCESSES_MAX).flatMap((entry) => {
    const pid = Number(writtenOf(entry["pid"]));
    if (!Number.isSafeInteger(pid) || pid < 1) return [];
    const percents = [entry["cpu"], entry["mem"]].map((share) =>
      writtenOf(share) === "" ? undefined : amount(Number(writtenOf(share))),
    );
    return [
      {
        pid,
        user: textOf(entry["user"], 64) ?? "",
        commandLine: redactText(textOf(entry["command"], COMMAND_CHARACTERS_MAX) ?? ""),
        cpuRatio: percents[0] === undefined ? null : percents[0] / 100,
        memoryRatio: percents[1] === undefined ? null : percents[1] / 100,
      },
    ];
  });
}

const mebibytes = (value: unknown): number | undefined => {
  const count = amount(value);
  return count === undefined ? undefined : Math.round(count * MIB);
};

const SIZES = ["", "K", "M", "G", "T", "P", "E"];

/** "252G" of `df -h`: base 1024, rounded up there. */
function bytesOfSize(value: unknown): number | undefined {
  const [, count, letter] = /^(\d{1,6}(?:[.,]\d{1,3})?)([KMGTPE]?)$/.exec(writtenOf(value)) ?? [];
  if (count === undefined || letter === undefined) return undefined;
  return Math.round(Number(count.replace(",", ".")) * 1024 ** SIZES.indexOf(letter));
}

/** "0d 0h 55m": whole minutes. */
function secondsOfUptime(value: unknown): number | undefined {
  const [, days, hours, minutes] = /^(\d{1,6})d (\d{1,2})h (\d{1,2})m$/.exec(writtenOf(value)) ?? [];
  return minutes === undefined ? undefined : ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60;
}
