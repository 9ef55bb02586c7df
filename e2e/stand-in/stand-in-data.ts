import { ALL_RIGHTS } from "@muster/core";
import type { Health, RunState, Verb } from "@muster/core";
import type { ActionView, LedgerState, RouteAnswer } from "@muster/protocol";

export type Service = RouteAnswer<"GET /api/v1/services/{id}">;
export type Server = RouteAnswer<"GET /api/v1/servers/{id}">;
type Process = RouteAnswer<"GET /api/v1/servers/{id}/processes">["processes"][number];

/** A text that would break out of markup, turn the line around, or talk to a terminal, if anybody let it. */
export const HOSTILE = '<img src=x onerror="document.title=1">\u202Egpj.exe';

/** The n-th id of a kind; ids are looked at by the pages only as text. */
export const idOf = (kind: number, number: number): string =>
  `00000000-0000-7000-80${String(kind).padStart(2, "0")}-${number.toString(16).padStart(12, "0")}`;

const SERVERS = ["web-1", "web-2", "db-1", "media-1", "edge-ams", "build-7"] as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

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

export function makeActions(services: readonly Service[], now: number): readonly ActionView[] {
  const outcomes = [
    ["service.restart", "succeeded", "a new run: it is active (running)", null],
    ["service.stop", "refused", "no entry of service.stop names this target", null],
    ["service.restart", "failed", "it is failed: exit 1 (cannot bind to port 8080)", null],
    ["exec.run", "succeeded", "ended with 0", "rotated 12 files\n\u001b[32mfreed 1.2 GiB\u001b[0m\n"],
    ["service.start", "unknown", "the server did not answer in time", null],
    ["process.kill", "succeeded", "the process is gone", null],
  ] as const;
  return outcomes.map(([action, outcome, detail, output], index) => {
    const service = services[index]!;
    const isOfService = action.startsWith("service.");
    return {
      id: idOf(3, 1_000 - index),
      batchId: idOf(4, index),
      serverId: service.serverId,
      server: service.server,
      serviceId: isOfService ? service.id : null,
      action,
      args: isOfService
        ? { driver: service.driver, name: service.name }
        : action === "exec.run"
          ? { command: "rotate-logs", days: 7 }
          : { pid: 4242, startTicks: 99, user: "www-data", signal: "TERM" },
      actor: "olga",
      door: "web",
      reason: "",
      state: "ended",
      outcome,
      detail,
      exit: output === null ? null : 0,
      output,
      askedAt: now - (index + 1) * 11 * MINUTE,
      sentAt: now - (index + 1) * 11 * MINUTE + 40,
      endedAt: now - (index + 1) * 11 * MINUTE + 900 * (index + 1),
      auditSeq: 300 - index,
    };
  });
}

const PROGRAMS = [
  [1, 0, "systemd", "root", "/sbin/init"],
  [412, 1, "sshd", "root", "sshd: /usr/sbin/sshd -D"],
  [900, 1, "nginx", "root", "nginx: master process"],
  [901, 900, "nginx", "www-data", "nginx: worker process"],
  [902, 900, "nginx", "www-data", "nginx: worker process"],
  [1_001, 1, "node", "app", "/usr/bin/node /srv/api/server.js --port 8080"],
  [1_002, 1_001, "node", "app", `/usr/bin/node worker.js ${HOSTILE}`],
  [1_300, 1, "postgres", "postgres", "/usr/lib/postgresql/17/bin/postgres -D /var/lib/postgresql/17/main"],
  [1_301, 1_300, "postgres", "postgres", "postgres: checkpointer"],
] as const;

export const makeProcesses = (now: number): readonly Process[] =>
  PROGRAMS.map(([pid, ppid, name, user, commandLine], index) => ({
    pid,
    ppid,
    name,
    user,
    commandLine,
    state: "S",
    cpuRatio: ((index * 7) % 5) / 20,
    residentBytes: (index + 1) * 17e6,
    threads: index + 1,
    startedAt: now - 40 * HOUR,
    startTicks: 5_000 + index,
  }));

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
