import { isMusterError } from "@muster/core";
import type { ProcessView, Server, Service } from "@muster/protocol";
import { addressOf } from "./addresses.ts";
import type { CompatRequest, RouteCall } from "./compat-handler.ts";
import { newestValues, seriesOf, valueOf } from "./newest-values.ts";
import type { NewestValue } from "./newest-values.ts";
import { integerOf } from "./server-ids.ts";
import { humanSize, mebibytes, percent, uptimeText, wholePercent, zonedTime } from "./units.ts";

const LEVELS = [
  "memory_total_bytes",
  "memory_available_bytes",
  "filesystem_used_ratio",
  "filesystem_used_bytes",
  "filesystem_available_bytes",
  "filesystem_total_bytes",
  "load1",
  "load5",
  "load15",
  "network_machine_receive_bytes_total",
  "network_machine_transmit_bytes_total",
  "sockets_tcp_established",
] as const;
const RATES = ["disk_read_bytes_total", "disk_written_bytes_total", "disk_reads_total", "disk_writes_total"] as const;
/** That system's agent tells so many, by memory. */
const PROCESSES = 50;
const COMMAND_CHARACTERS = 100;

/** The id of a server as that system's clients may use it: an integer under the dialect's own prefix. */
export const s5Id = (serverId: string, place: CompatRequest["place"]): number | string =>
  place === "dialect" ? integerOf(serverId) : serverId;

/** Statistics of servers as that system's agent tells them; of one that is not there, why. */
export async function s5Stats(
  { call, place }: Pick<CompatRequest, "call" | "place">,
  servers: readonly Server[],
  services: readonly Service[],
  now: number,
): Promise<readonly ({ readonly server_info: object } & ({ readonly error: string } | { readonly system: object }))[]> {
  const present = servers.filter(isPresent).map(({ id }) => id);
  const levels = await newestValues(call, present, LEVELS, { now });
  const rates = await newestValues(call, present, RATES, { now, as: "rate" });
  const byServer = Map.groupBy(services, ({ serverId }) => serverId);
  return Promise.all(
    servers.map(async (server) => {
      const { id, name, notes } = server;
      const { host } = await addressOf(call, server);
      const server_info = { id: s5Id(id, place), name, host, description: notes };
      if (!isPresent(server)) return { server_info, error: `Server is ${server.presence.is}` };
      return {
        server_info,
        system: systemOf(server, levels.get(id)),
        network: networkOf(server, levels.get(id)),
        disk_io: diskOf(rates.get(id)),
        processes: [] as readonly object[],
        services: (byServer.get(id) ?? []).map((service) => ({
          name: service.name.replace(/\.service$/, ""),
          status: service.state === "running" ? "active" : service.state === "failed" ? "failed" : "inactive",
        })),
        timestamp: zonedTime(server.summary.at ?? now),
      };
    }),
  );
}

const isPresent = ({ presence }: Server): boolean => presence.is === "online" || presence.is === "stale";

/** The processes of a server, most memory first; none where it cannot be asked for them. */
export async function s5Processes(call: RouteCall, { id, summary }: Server): Promise<readonly object[]> {
  try {
    const { processes } = await call("GET /api/v1/servers/{id}/processes", { params: { id }, query: { limit: 2_000 } });
    return processes
      .toSorted((one, other) => (other.residentBytes ?? 0) - (one.residentBytes ?? 0))
      .slice(0, PROCESSES)
      .map((process) => processOf(process, summary.memoryTotalBytes));
  } catch (error) {
    if (isMusterError(error, "SERVER_OFFLINE") || isMusterError(error, "ACTION_TIMED_OUT")) return [];
    throw error;
  }
}

const processOf = (
  { user, pid, cpuRatio, residentBytes, commandLine, name }: ProcessView,
  totalBytes: number | null,
): object => ({
  user,
  pid: String(pid),
  cpu: percent(cpuRatio),
  mem: residentBytes === null || !totalBytes ? null : percent(residentBytes / totalBytes),
  command: (commandLine || name).slice(0, COMMAND_CHARACTERS),
});

function systemOf({ facts, summary, name }: Server, values: readonly NewestValue[] | undefined): object {
  const root = { mount: "/" };
  const total = summary.memoryTotalBytes;
  const used = summary.memoryUsedBytes;
  const loads = ["load1", "load5", "load15"].map((metric) => valueOf(values, metric));
  const { container = null } = facts ?? {};
  return {
    os: {
      name: [facts?.osName, facts?.osVersion].filter(Boolean).join(" ") || null,
      kernel: facts?.kernel ?? null,
      arch: facts?.architecture ?? null,
      distro_id: facts?.osId ?? null,
      version_id: facts?.osVersion ?? null,
      is_container: container === null ? null : container !== "none",
      container_type: container === "none" ? null : container,
    },
    memory: {
      total: mebibytes(total),
      used: mebibytes(used),
      free: mebibytes(
        valueOf(values, "memory_available_bytes") ?? (total !== null && used !== null ? total - used : null),
      ),
      percent: percent(summary.memoryUsedRatio),
    },
    disk: {
      total: humanSize(valueOf(values, "filesystem_total_bytes", root)),
      used: humanSize(valueOf(values, "filesystem_used_bytes", root)),
      free: humanSize(valueOf(values, "filesystem_available_bytes", root)),
      percent: wholePercent(valueOf(values, "filesystem_used_ratio", root)),
    },
    cpu: {
      count: facts?.cpuCount ?? null,
      load_avg: loads.includes(null) ? null : loads.map((load) => load?.toFixed(2)).join(", "),
      usage: percent(summary.cpuBusyRatio),
    },
    uptime: uptimeText(summary.uptimeSeconds),
    hostname: facts?.hostName ?? name,
  };
}

const networkOf = ({ summary }: Server, values: readonly NewestValue[] | undefined): object => ({
  rx_speed: mebibytes(summary.networkReceiveBytesPerSecond, 3),
  tx_speed: mebibytes(summary.networkTransmitBytesPerSecond, 3),
  total_rx_mb: mebibytes(valueOf(values, "network_machine_receive_bytes_total"), 1),
  total_tx_mb: mebibytes(valueOf(values, "network_machine_transmit_bytes_total"), 1),
  connections: valueOf(values, "sockets_tcp_established"),
});

function diskOf(values: readonly NewestValue[] | undefined): object {
  const sum = (...metrics: readonly string[]): number | null => {
    const found = metrics.flatMap((metric) => seriesOf(values, metric));
    return found.length === 0 ? null : found.reduce((total, { value }) => total + value, 0);
  };
  const operations = sum("disk_reads_total", "disk_writes_total");
  return {
    read_speed: mebibytes(sum("disk_read_bytes_total"), 3),
    write_speed: mebibytes(sum("disk_written_bytes_total"), 3),
    iops: operations === null ? null : Math.round(operations),
  };
}
