import type { Clock } from "@muster/core";
import type { Service } from "@muster/protocol";
import { mebibytes, naiveLocal, naiveUtc, percent, uptimeText } from "./units.ts";

/** How long a service has been running; null when it does not, or does not say. */
const uptimeSeconds = ({ state, since }: Service, clock: Clock): number | null =>
  state === "running" && since !== null ? Math.max(0, Math.round((clock.now() - since) / 1_000)) : null;

const lastError = ({ lastExit, state, healthDetail }: Service): string | null => {
  const { code = null, signal = null, detail = "" } = lastExit ?? {};
  if (detail !== "") return detail;
  if (signal !== null) return `ended by ${signal}`;
  if (code !== null && code !== 0) return `ended with ${code}`;
  return state === "failed" ? healthDetail || "failed" : null;
};

/** A service as the service manager (S2) shows its status. Ports are not scanned, so nothing is said of them. */
export function s2Status(service: Service, name: string, clock: Clock): object {
  const { pid, since, cpuRatio, memoryBytes, urls, description, restarts } = service;
  const error = lastError(service);
  const processes =
    pid === null
      ? []
      : [
          {
            ...{ pid, name: service.name, cpu: percent(cpuRatio), memory: memoryBytes },
            create_time: since === null ? null : since / 1_000,
          },
        ];
  return {
    ...{ name, kind: s2Kind(service.kind), running: service.state === "running" },
    ...{ processes, pid_count: processes.length },
    ...{ ports: service.ports, port_status: [], detected_ports: [] },
    api_url: urls[0] ?? null,
    tailscale_url: tailscaleUrlOf(service),
    description: description || null,
    runtime: {
      uptime: uptimeText(uptimeSeconds(service, clock)),
      start_time: service.state === "running" ? naiveUtc(since) : null,
      errors: error === null ? [] : [error],
      restart_count: restarts,
      last_error: error,
    },
    server: service.server,
  };
}

/** The address of a service in a tailnet, where it has one. */
export const tailscaleUrlOf = ({ urls }: Service): string | null =>
  urls.find((url) => URL.parse(url)?.hostname.endsWith(".ts.net")) ?? null;

export const s2Kind = (kind: string): string => (kind === "backend" || kind === "frontend" ? kind : "other");

const S3_STATUS = {
  running: "running",
  starting: "starting",
  stopping: "stopping",
  stopped: "stopped",
  "backing-off": "restarting",
  failed: "failed",
  paused: "unknown",
  unknown: "unknown",
} as const satisfies Record<Service["state"], string>;

/** What a service uses, as the VPN's manager (S3) keeps it. */
export const s3Metrics = (service: Service, clock: Clock): object => ({
  timestamp: naiveLocal(service.at),
  cpu_percent: percent(service.cpuRatio),
  memory_mb: mebibytes(service.memoryBytes, 1),
  memory_percent: null,
  uptime_seconds: uptimeSeconds(service, clock),
  restart_count: service.restarts,
});

/** A service as the VPN's manager (S3) shows it. */
export const s3Info = (service: Service, name: string, clock: Clock): object => ({
  name,
  status: S3_STATUS[service.state],
  health: {
    status: service.health,
    message: service.healthDetail,
    details: { state: service.rawState, server: service.server, driver: service.driver },
    checked_at: naiveLocal(service.at),
    response_time_ms: null,
  },
  metrics: s3Metrics(service, clock),
  pid: service.pid,
  started_at: service.state === "running" ? naiveLocal(service.since) : null,
  last_restart: null,
});
