import type { Instant } from "../time.ts";

/**
 * What makes a service run. `match` finds processes by their command line and can only look; `channel` belongs to
 * servers that are pulled. A user's own systemd is `systemd-user`, with names such as `anna:app.service`.
 */
export const DRIVER_NAMES = ["systemd", "systemd-user", "container", "process", "tmux", "match", "channel"] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];
export const isDriverName = (text: string): text is DriverName => (DRIVER_NAMES as readonly string[]).includes(text);

export const HEALTHS = ["healthy", "degraded", "unhealthy", "unknown"] as const;
/** How well something does. Behind a server that cannot be asked it is `unknown`, never `unhealthy`. */
export type Health = (typeof HEALTHS)[number];

/** Healths as `service_health_ratio` has them; one that is not known has none. */
export const HEALTH_RATIOS: Readonly<Record<Exclude<Health, "unknown">, number>> = {
  healthy: 1,
  degraded: 0.5,
  unhealthy: 0,
};

export const RUN_STATES = [
  "running",
  "starting",
  "stopping",
  "stopped",
  "backing-off",
  "failed",
  "paused",
  "unknown",
] as const;
/** `backing-off`: ended, and its supervisor starts it again in a moment; `failed`: ended, and nobody will. */
export type RunState = (typeof RUN_STATES)[number];

/** What can be done to a service; the action is `service.<verb>` or, for the last three, `container.<verb>`. */
export const SERVICE_VERBS = ["start", "stop", "restart", "reload", "enable", "disable", "reset"] as const;
export type ServiceVerb = (typeof SERVICE_VERBS)[number];
export const CONTAINER_VERBS = ["pause", "unpause", "kill"] as const;
export type ContainerVerb = (typeof CONTAINER_VERBS)[number];
export type Verb = ServiceVerb | ContainerVerb;

/** Names a service on its server. */
export interface ServiceKey {
  readonly driver: DriverName;
  readonly name: string;
}

/** How a process ended; both null when nobody saw it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** What a person should know besides, such as "out of memory"; empty when nothing. */
  readonly detail: string;
}

/** One service as its driver reads it. Null where the machine does not say. */
export interface ServiceStatus extends ServiceKey {
  /** What it is, in the words of whoever set it up; may be empty. */
  readonly description: string;
  readonly state: RunState;
  /** The driver's own words, such as `active (running)`. */
  readonly rawState: string;
  readonly since: Instant | null;
  readonly health: Health;
  /** Why the health is what it is; empty when there is nothing to say. */
  readonly healthDetail: string;
  /**
   * Names this run of the service: another value means that it was started anew (InvocationID; container id and
   * StartedAt; pid and start time). Of one that does not run it is the last run, where the machine remembers it.
   */
  readonly run: string | null;
  readonly pid: number | null;
  /** Starts that its own supervisor made by itself. */
  readonly restarts: number | null;
  readonly lastExit: Exit | null;
  /** Whether it starts with the machine, in the driver's words (`enabled`, `static`, `unless-stopped` …). */
  readonly enabled: string | null;
  /** Who starts it again when it ends, and how, such as `systemd: on-failure`; null when nobody does. */
  readonly restartPolicy: string | null;
  readonly ports: readonly number[];
  readonly urls: readonly string[];
  /** What kind of thing its definition says it is (backend, frontend …); empty otherwise. */
  readonly kind: string;
  /** What belongs together: compose project, slice or session; empty otherwise. */
  readonly group: string;
  /** Names of services of the same server and driver that it needs, as its own supervisor or definition says; absent: none. */
  readonly needs?: readonly string[];
  /** What others of its group call it in their `needs`, where that is not its name: a service of a compose file. */
  readonly alias?: string;
  /** What the driver can do to it, whether or not the policy lets it. */
  readonly verbs: readonly Verb[];
  /** CPU time since this run began. */
  readonly cpuSeconds: number | null;
  readonly memoryBytes: number | null;
  readonly tasks: number | null;
  /** When a timer fires next. */
  readonly nextAt: Instant | null;
}

/** A status with everything that most drivers do not say. */
export const bareStatus = (key: ServiceKey): ServiceStatus => ({
  driver: key.driver,
  name: key.name,
  description: "",
  state: "unknown",
  rawState: "",
  since: null,
  health: "unknown",
  healthDetail: "",
  run: null,
  pid: null,
  restarts: null,
  lastExit: null,
  enabled: null,
  restartPolicy: null,
  ports: [],
  urls: [],
  kind: "",
  group: "",
  verbs: [],
  cpuSeconds: null,
  memoryBytes: null,
  tasks: null,
  nextAt: null,
});

export const serviceKeyText = ({ driver, name }: ServiceKey): string => `${driver}/${name}`;
