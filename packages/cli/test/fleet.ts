import { bareStatus } from "@muster/core";
import type { DriverName } from "@muster/core";
import type { resources } from "@muster/protocol";

/** An id as the API has them, with a number that a test can read. */
export const idOf = (kind: "server" | "service" | "action" | "batch", number: number): string =>
  `01920000-0000-7000-${{ server: "8000", service: "8001", action: "8002", batch: "8003" }[kind]}-${String(number).padStart(12, "0")}`;

/** A server called `name`. */
export const serverOf = (number: number, name: string, more: Partial<resources.Server> = {}): resources.Server => ({
  id: idOf("server", number),
  name,
  tags: [],
  notes: "",
  link: "agent",
  linkState: null,
  hasSshLink: false,
  state: "active",
  presence: { is: "online", since: 1 },
  intervalMs: 5_000,
  createdAt: 1,
  agentVersion: "0.1.0",
  address: null,
  fingerprint: null,
  clockOffsetMs: 0,
  droppedSamples: 0,
  refusedSeries: 0,
  policy: null,
  facts: null,
  services: { total: 0, running: 0, failed: 0, unhealthy: 0 },
  probes: { total: 0, degraded: 0, unhealthy: 0 },
  summary: {
    at: null,
    cpuBusyRatio: null,
    memoryUsedRatio: null,
    memoryUsedBytes: null,
    memoryTotalBytes: null,
    worstDisk: null,
    load1: null,
    networkReceiveBytesPerSecond: null,
    networkTransmitBytesPerSecond: null,
    temperatureCelsius: null,
    uptimeSeconds: null,
  },
  ...more,
});

/** A running service called `name@server`, of which everything may be done. */
export function serviceOf(
  number: number,
  label: string,
  driver: DriverName = "systemd",
  more: Partial<resources.Service> = {},
): resources.Service {
  const at = label.lastIndexOf("@");
  const server = label.slice(at + 1);
  const {
    cpuSeconds,
    memoryBytes,
    tasks,
    nextAt,
    needs: _,
    ...bare
  } = bareStatus({ driver, name: label.slice(0, at) });
  const verbs = ["start", "stop", "restart", ...(driver === "container" ? ["pause" as const] : [])] as const;
  return {
    ...bare,
    id: idOf("service", number),
    serverId: idOf("server", Number(/\d+$/.exec(server)?.[0] ?? 1)),
    server,
    state: "running",
    rawState: "active (running)",
    since: 1,
    health: "healthy",
    ports: [],
    urls: [],
    verbs: [...verbs],
    granted: [...verbs],
    isLogGranted: true,
    defined: null,
    cpuSeconds,
    cpuRatio: 0.5,
    memoryBytes,
    tasks,
    nextAt,
    at: 1,
    isCurrent: true,
    ...more,
  };
}

/** An action on a service or, with a server alone, on that, as it was asked. */
export const actionOf = (
  number: number,
  target: Pick<resources.Service, "id" | "serverId" | "server" | "name" | "driver"> | resources.Server,
  more: Partial<resources.ActionView> = {},
): resources.ActionView => ({
  id: idOf("action", number),
  batchId: idOf("batch", 1),
  serverId: "serverId" in target ? target.serverId : target.id,
  server: "server" in target ? target.server : target.name,
  serviceId: "serverId" in target ? target.id : null,
  action: "service.restart",
  args: "serverId" in target ? { driver: target.driver, name: target.name } : {},
  actor: "anna",
  door: "http",
  reason: "",
  state: "asked",
  outcome: null,
  detail: "",
  exit: null,
  output: null,
  askedAt: 1_000,
  sentAt: null,
  endedAt: null,
  auditSeq: 7,
  ...more,
});

/** The same action, ended. */
export const ended = (
  action: resources.ActionView,
  outcome: NonNullable<resources.ActionView["outcome"]>,
  detail = "",
  more: Partial<resources.ActionView> = {},
): resources.ActionView => ({ ...action, state: "ended", outcome, detail, sentAt: 1_100, endedAt: 3_400, ...more });
