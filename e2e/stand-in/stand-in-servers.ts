import { ALL_RIGHTS } from "@muster/core";
import type { RouteAnswer } from "@muster/protocol";

export type Service = RouteAnswer<"GET /api/v1/services/{id}">;
export type Server = RouteAnswer<"GET /api/v1/servers/{id}">;

/** A text that would break out of markup, turn the line around, or talk to a terminal, if anybody let it. */
export const HOSTILE = '<img src=x onerror="document.title=1">\u202Egpj.exe';

/** The n-th id of a kind; ids are looked at by the pages only as text. */
export const idOf = (kind: number, number: number): string =>
  `00000000-0000-7000-80${String(kind).padStart(2, "0")}-${number.toString(16).padStart(12, "0")}`;

const SERVERS = ["web-1", "web-2", "db-1", "media-1", "edge-ams", "build-7"] as const;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const me = (now: number): RouteAnswer<"GET /api/v1/me"> => ({
  user: { id: idOf(9, 1), name: "olga", role: "admin" },
  csrfToken: "stand-in",
  rights: [...ALL_RIGHTS],
  provedAt: now,
  hub: { version: "0.1.0", now, warnings: [] },
});

export const makeServers = (now: number): readonly Server[] =>
  SERVERS.map((name, index) => ({
    id: idOf(1, index),
    name,
    tags: index < 3 ? ["prod", "eu"] : ["prod"],
    notes: "",
    link: "agent",
    linkState: null,
    hasSshLink: false,
    state: "active",
    presence: { is: index === 5 ? "offline" : "online", since: now - 3 * HOUR },
    intervalMs: 5_000,
    createdAt: now - 800 * HOUR,
    agentVersion: "0.1.0",
    address: `10.0.0.${index + 10}`,
    fingerprint: "amber otter paper violin seven lake",
    clockOffsetMs: 12,
    droppedSamples: 0,
    refusedSeries: 0,
    policy: {
      state: index === 4 ? "monitor-only" : "file",
      why: "",
      entries: index === 4 ? [] : ["service.restart systemd nginx.service", "logs.read systemd nginx.service"],
      commands:
        index === 0
          ? [
              {
                name: "rotate-logs",
                args: [
                  { name: "days", type: "int", min: 1, max: 90 },
                  { name: "kind", type: "choice", values: ["app", "web"] },
                ],
              },
              { name: "backup-now", args: [] },
            ]
          : [],
      actions: index === 0 ? ["server.reboot", "process.kill", "exec.run"] : [],
      files: index === 4 ? [] : ["/var/log/syslog", "/var/log/nginx/error.log"],
    },
    facts: null,
    services: { total: 12, running: 10, failed: 1, unhealthy: 1 },
    probes: { total: 0, degraded: 0, unhealthy: 0 },
    summary: {
      at: now,
      cpuBusyRatio: 0.2 + index * 0.1,
      memoryUsedRatio: 0.4,
      memoryUsedBytes: 8e9,
      memoryTotalBytes: 16e9,
      worstDisk: { mount: "/", usedRatio: 0.5 },
      load1: 0.8,
      networkReceiveBytesPerSecond: 1e6,
      networkTransmitBytesPerSecond: 2e6,
      temperatureCelsius: 48,
      uptimeSeconds: 864_000,
    },
  }));
