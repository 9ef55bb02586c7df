import type { Health, RunState, Verb } from "@muster/core";
import type { LedgerState } from "@muster/protocol";
import { HOSTILE, HOUR, idOf, MINUTE } from "./stand-in-servers.ts";
import type { Server, Service } from "./stand-in-servers.ts";

interface Sketch {
  readonly name: string;
  readonly driver: Service["driver"];
  readonly kind?: string;
  readonly description?: string;
  readonly state?: RunState;
  readonly health?: Health;
  readonly detail?: string;
  readonly restarts?: number;
  readonly ports?: readonly number[];
  readonly memory?: number;
  readonly cpu?: number;
}

const SKETCHES: readonly Sketch[] = [
  {
    name: "nginx.service",
    driver: "systemd",
    description: "A high performance web server",
    ports: [80, 443],
    cpu: 0.04,
    memory: 48e6,
    health: "healthy",
  },
  {
    name: "api",
    driver: "process",
    kind: "backend",
    ports: [8080],
    cpu: 0.31,
    memory: 412e6,
    health: "healthy",
    restarts: 2,
  },
  {
    name: "worker",
    driver: "process",
    kind: "worker",
    state: "backing-off",
    restarts: 4,
    memory: 120e6,
    detail: "out of memory",
  },
  {
    name: "billing",
    driver: "process",
    kind: "backend",
    state: "failed",
    restarts: 10,
    detail: "gave up after 10 restarts in 10 min",
  },
  {
    name: "shop-web-1",
    driver: "container",
    kind: "frontend",
    ports: [3000],
    cpu: 0.12,
    memory: 260e6,
    health: "unhealthy",
    detail: "http 127.0.0.1:3000/healthz answered 503",
  },
  {
    name: "shop-db-1",
    driver: "container",
    kind: "database",
    ports: [5432],
    cpu: 0.22,
    memory: 1.4e9,
    health: "healthy",
  },
  {
    name: "redis.service",
    driver: "systemd",
    kind: "database",
    ports: [6379],
    cpu: 0.02,
    memory: 31e6,
    health: "degraded",
    detail: "answered after 812 ms",
  },
  {
    name: "ssh.service",
    driver: "systemd",
    description: "OpenBSD Secure Shell server",
    ports: [22],
    cpu: 0,
    memory: 6e6,
  },
  {
    name: "cron.service",
    driver: "systemd",
    description: "Regular background program processing daemon",
    cpu: 0,
    memory: 2e6,
  },
  { name: "apt-daily.timer", driver: "systemd", description: "Daily apt download activities" },
  { name: "irc", driver: "tmux", kind: "session", cpu: 0.01, memory: 12e6 },
  { name: "anna:syncthing.service", driver: "systemd-user", cpu: 0.06, memory: 88e6, health: "healthy" },
  { name: "unattended-upgrades.service", driver: "systemd", state: "stopped" },
  { name: "shop-mail-1", driver: "container", kind: "backend", state: "paused", memory: 44e6 },
  { name: "sidekiq", driver: "match", kind: "worker", cpu: 0.4, memory: 320e6 },
];

const VERBS: readonly Verb[] = ["start", "stop", "restart", "reload", "enable", "disable", "reset"];
const verbsOf = (driver: Service["driver"]): readonly Verb[] =>
  driver === "match" ? [] : driver === "container" ? ["start", "stop", "restart", "pause", "unpause", "kill"] : VERBS;

/** Services of all servers; `copies` makes more of them, for lists that are long. */
export function makeServices(servers: readonly Server[], now: number, copies = 1): readonly Service[] {
  const services: Service[] = [];
  for (const [place, server] of servers.entries())
    for (let copy = 0; copy < copies; copy++)
      for (const [index, sketch] of SKETCHES.entries()) {
        const isQuiet = place > 0 && (sketch.state === "failed" || sketch.health === "unhealthy");
        services.push(
          makeService(
            server,
            isQuiet ? { ...sketch, state: "running", health: "healthy", detail: "" } : sketch,
            services.length,
            now - (index + 1) * (place + 1) * 37 * MINUTE,
            copy,
          ),
        );
      }
  const [first] = services;
  if (first)
    services.push({
      ...first,
      id: idOf(2, services.length),
      name: HOSTILE,
      driver: "container",
      kind: "",
      description: HOSTILE,
    });
  return services;
}

function makeService(server: Server, sketch: Sketch, number: number, since: number, copy: number): Service {
  const { name, driver, kind = "", state = "running", health = "unknown" } = sketch;
  const isUp = state === "running" || state === "paused";
  const isCurrent = server.presence.is === "online";
  const isGranting = server.policy?.state === "file";
  return {
    id: idOf(2, number),
    serverId: server.id,
    server: server.name,
    driver,
    name: copy === 0 ? name : `${name.replace(/\.service$/, "")}-${copy}`,
    description: sketch.description ?? "",
    state,
    rawState: driver === "systemd" ? (isUp ? "active (running)" : "inactive (dead)") : state,
    since,
    health: isCurrent ? health : "unknown",
    healthDetail: health === "unknown" ? "" : (sketch.detail ?? "all checks are good"),
    run: isUp ? `run-${number}` : null,
    pid: isUp ? 1_000 + number : null,
    restarts: sketch.restarts ?? 0,
    lastExit: isUp ? null : { code: state === "stopped" ? 0 : 137, signal: null, detail: sketch.detail ?? "" },
    enabled: driver === "systemd" ? "enabled" : null,
    restartPolicy: driver === "match" ? null : `${driver}: on-failure`,
    ports: [...(sketch.ports ?? [])],
    urls: kind === "backend" ? ["http://127.0.0.1:8080/healthz", "javascript:alert(1)"] : [],
    kind,
    group: name.startsWith("shop-") ? "shop" : "",
    verbs: [...verbsOf(driver)],
    granted: isGranting
      ? verbsOf(driver).filter((verb) => verb !== "disable" && verb !== "enable" && verb !== "kill")
      : [],
    isLogGranted: isGranting,
    defined: driver === "process" || driver === "tmux" ? (name === "worker" ? "file" : "hub") : null,
    cpuSeconds: isUp ? 400 : null,
    cpuRatio: isUp && driver !== "systemd-user" ? (sketch.cpu ?? null) : null,
    memoryBytes: isUp ? (sketch.memory ?? null) : null,
    tasks: isUp ? 9 : null,
    nextAt: name.endsWith(".timer") ? since + 500 * HOUR : null,
    at: since,
    isCurrent,
  };
}

export function makeLedger(service: Service, now: number): LedgerState["entries"] {
  const lines = [
    ["restarted", "backing-off", "running", "exit 137 (out of memory), attempt 2 of 5, next in 4 s"],
    ["restart-planned", "running", "backing-off", "exit 137 (out of memory), attempt 2 of 5, next in 4 s"],
    ["health", null, null, `unhealthy: ${service.healthDetail}`],
    ["action", "stopped", "running", "started by olga over the web"],
    ["state", "running", "stopped", `stopped: ${HOSTILE}`],
    ["adopted", null, "running", "still ran after the agent was started anew: pid 1301"],
    ["appeared", null, "running", "seen for the first time"],
  ] as const;
  return lines.map(([event, from, to, cause], index) => ({
    seq: 900 - index,
    at: now - (index * index * 9 + 1) * MINUTE,
    event,
    from,
    to,
    cause,
    cmd: null,
  }));
}

export const DEFINITION = {
  driver: "process",
  name: "api",
  kind: "backend",
  description: "The shop's API",
  command: ["/usr/bin/node", "/srv/api/server.js", "--port", "8080"],
  directory: "/srv/api",
  environment: { NODE_ENV: "production", LOG_LEVEL: "info" },
  secrets: ["DATABASE_URL"],
  ports: [8080],
  urls: ["http://127.0.0.1:8080/healthz"],
  restart: { when: "on-failure", restartsMax: 5 },
  checks: [
    {
      name: "http",
      target: { by: "http", url: "http://127.0.0.1:8080/healthz", statusMin: 200, statusMax: 299, text: "" },
    },
  ],
};
