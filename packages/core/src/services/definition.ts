/** When a supervised service is started again after it ended. The same words for every kind of service. */
export interface RestartPolicy {
  readonly when: "never" | "on-failure" | "always" | "on-unhealthy";
  /** Exit codes that are no failure, besides 0. */
  readonly successCodes: readonly number[];
  /** Pause before the first restart; each further one waits `factor` times as long, at most `delayMsMax`. */
  readonly delayMs: number;
  readonly factor: number;
  readonly delayMsMax: number;
  /** Share of the pause that is random, 0 to 1. */
  readonly jitter: number;
  /** At most so many restarts within the window; then the service is `failed` until it is reset. */
  readonly restartsMax: number;
  readonly windowMs: number;
  /** After running so long, pauses begin anew. */
  readonly stableAfterMs: number;
}

export const DEFAULT_RESTART: RestartPolicy = {
  when: "on-failure",
  successCodes: [],
  delayMs: 0,
  factor: 2,
  delayMsMax: 60_000,
  jitter: 0.1,
  restartsMax: 10,
  windowMs: 600_000,
  stableAfterMs: 10_000,
};

/** One way to see whether a service does well. */
export type CheckTarget =
  | { readonly by: "exec"; readonly command: readonly string[] }
  | {
      readonly by: "http";
      readonly url: string;
      readonly statusMin: number;
      readonly statusMax: number;
      readonly text: string;
    }
  | { readonly by: "tcp"; readonly host: string; readonly port: number }
  /** A line with this text means unhealthy (`bad`) or healthy (`good`); the newest of both counts. */
  | { readonly by: "log"; readonly good: string; readonly bad: string }
  /** What the driver itself says: Docker's health, systemd's watchdog. */
  | { readonly by: "driver" };

export interface HealthCheck {
  readonly name: string;
  readonly target: CheckTarget;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many good results in a row make it healthy, so many bad ones unhealthy. */
  readonly rise: number;
  readonly fall: number;
  /** Bad results do not count so long after a start. */
  readonly startPeriodMs: number;
  /** What a failing check means. */
  readonly severity: "degraded" | "unhealthy";
}

/** Something that Muster itself starts and keeps running. */
export interface ServiceDefinition {
  readonly driver: "process" | "tmux";
  readonly name: string;
  readonly description: string;
  /** Free word by which services are picked: backend, frontend, worker … */
  readonly kind: string;
  /** Program by its absolute path, and its arguments: never a shell string. */
  readonly command: readonly string[];
  readonly directory: string;
  /** Null: the agent's own user. Another one needs an agent that runs as root. */
  readonly user: string | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables whose values the server keeps apart: they can be set and never read. */
  readonly secrets: readonly string[];
  readonly ports: readonly number[];
  readonly urls: readonly string[];
  /** Started when the agent starts, unless a person stopped it before. */
  readonly autostart: boolean;
  /** Services that must be ready first; names of the same server's definitions. */
  readonly dependsOn: readonly string[];
  /** When those that depend on it may start: at once, after running so long, or when its checks are good. */
  readonly ready:
    | { readonly by: "started" }
    | { readonly by: "time"; readonly afterMs: number }
    | { readonly by: "checks"; readonly timeoutMs: number };
  readonly stop: {
    readonly signal: string;
    readonly graceMs: number;
    /** tmux: keys typed before anything else, such as `C-c`; empty for none. */
    readonly keys: string;
  };
  readonly restart: RestartPolicy;
  readonly checks: readonly HealthCheck[];
  readonly logs: {
    /** A file is put aside when it has grown so far. */
    readonly fileBytesMax: number;
    /** So many files put aside are kept. */
    readonly filesMax: number;
  };
  readonly limits: {
    /** Null: none. Restarted when its processes together use more, as systemd's MemoryMax ends it. */
    readonly memoryBytesMax: number | null;
    readonly openFilesMax: number | null;
  };
}
