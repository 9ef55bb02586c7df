import type { ActionName } from "../actions/catalog.ts";

/** At most `count` times in `windowMs`. */
export interface PolicyRate {
  readonly count: number;
  readonly windowMs: number;
}

export type ScriptArg =
  | { readonly name: string; readonly type: "int"; readonly min: number; readonly max: number }
  | { readonly name: string; readonly type: "choice"; readonly values: readonly string[] };

/** One line of `allow`: an action and every condition under which the server lets the hub do it. Entries never combine. */
export interface PolicyEntry {
  readonly action: ActionName;
  readonly driver?: string;
  /** Exact names; no pattern of any kind. */
  readonly names?: readonly string[];
  /** logs.read with `driver: file`: absolute paths of plain files. */
  readonly files?: readonly string[];
  /** service.define: programs that may be run, with any arguments. */
  readonly programs?: readonly string[];
  /** process.kill: whose processes; service.define: as whom, besides the agent's own user. */
  readonly users?: readonly string[];
  readonly signals?: readonly string[];
  /** exec.run: the name the hub asks by, the program it runs, its arguments. */
  readonly name?: string;
  readonly exec?: string;
  readonly args?: readonly ScriptArg[];
  readonly timeoutMs?: number;
  readonly max?: PolicyRate;
  readonly minIntervalMs?: number;
  readonly require?: "operator";
}

/** A program that probes may have run: its absolute path and all its arguments, as root wrote them. */
export interface ProbeProgram {
  readonly name: string;
  readonly argv: readonly string[];
}

/** What one server lets the hub do. Owned by that server's root; the hub sees it and cannot change it. */
export interface Policy {
  readonly version: 1;
  readonly allow: readonly PolicyEntry[];
  readonly probe: {
    readonly tcp: readonly string[];
    readonly http: readonly string[];
    /** Hosts, each exactly as a probe names it, that the hub may have the system's `ping` look at. */
    readonly icmp: readonly string[];
    /** `host:port` to which the hub may speak through the agent, whatever it says there. */
    readonly tunnel: readonly string[];
    /** Programs whose exit code and output are a reading. The hub says the name and nothing else. */
    readonly exec: readonly ProbeProgram[];
  };
  readonly operators: Readonly<Record<string, string>>;
}

/** What a fresh install has, and what every unreadable or unsafe file falls back to. */
export const MONITOR_ONLY: Policy = {
  version: 1,
  allow: [],
  probe: { tcp: [], http: [], icmp: [], tunnel: [], exec: [] },
  operators: {},
};

/** Where the policy in force came from: the file, or monitor-only with the reason why. */
export type LoadedPolicy =
  | { readonly source: "file"; readonly policy: Policy; readonly sha256: string }
  | { readonly source: "missing"; readonly policy: Policy }
  | { readonly source: "broken"; readonly policy: Policy; readonly why: string };
