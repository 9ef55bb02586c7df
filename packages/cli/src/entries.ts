/**
 * The one place where the command line meets the programs it starts. They are loaded only when asked for, because a
 * client command must not pay for them, and only through their entry, because the command line is a client of both.
 */

/** A hub that runs in this process. */
export interface RunningHub {
  /** Where it listens, such as `http://127.0.0.1:8765`. */
  readonly address: string;
  /** The one-time link for making the first administrator; undefined once there is one. */
  readonly setupUrl: string | undefined;
  /** A join token, made as from the hub's own console. */
  createJoinToken(wanted: { readonly name: string }): Promise<string>;
  stop(): Promise<void>;
}

export interface ChainState {
  readonly state: "intact" | "broken";
  readonly rows: number;
  readonly why: string;
}

/** One thing that a check of the metrics found, with what it means and what to do. */
export interface StoreFinding {
  readonly code: string;
  readonly weight: "damage" | "remark";
  readonly count: number;
  readonly places: readonly string[];
  readonly meaning: string;
  readonly remedy: string;
}

export interface StoreCheck {
  readonly findings: readonly StoreFinding[];
  readonly servers: number;
  readonly series: number;
  readonly samples: number;
  readonly bytes: number;
}

interface StoreCounts {
  readonly servers: number;
  readonly series: number;
  readonly samples: number;
  readonly rollUps: number;
}

export interface StoreExport extends StoreCounts {
  /** Not in the file. */
  readonly damagedBlocks: number;
}

export interface StoreImport extends StoreCounts {
  readonly duplicates: number;
  readonly knownRollUps: number;
  /** Where the file is damaged; all before it was taken. */
  readonly stopped?: { readonly record: number; readonly offset: number; readonly why: string };
}

/** All servers when absent. */
export interface ServerSelection {
  readonly serverIds?: readonly string[];
}

export interface HubEntry {
  /** Runs a hub until it is told to stop; the exit code. */
  runHub(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number>;
  /** Starts a hub in this process with the given flags and environment. Throws what the catalogue knows. */
  startHub(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<RunningHub>;
  /** Checks the hash chain in a data directory that no hub needs to serve. */
  verifyAudit(dataDir: string): Promise<ChainState>;
  /** These three need a data directory that no hub holds, and throw DATA_DIRECTORY_IN_USE otherwise. */
  checkMetricStore(dataDir: string): Promise<StoreCheck>;
  exportMetricStore(dataDir: string, file: string, now: number, servers: ServerSelection): Promise<StoreExport>;
  importMetricStore(dataDir: string, file: string, now: number, servers: ServerSelection): Promise<StoreImport>;
}

/** What an agent command sees of the process it runs in. */
export interface AgentStreams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  readonly stopping: AbortSignal;
}

export interface AgentEntry {
  /** Runs one of the agent's commands; the exit code. Failures are told, not thrown. */
  agentEntry(argv: readonly string[], streams: AgentStreams): Promise<number>;
  /** All of standard input; a person at a terminal is told what is waited for. */
  readStandardInput(tell: (text: string) => void): Promise<string>;
}

export interface Entries {
  hub(): Promise<HubEntry>;
  agent(): Promise<AgentEntry>;
}
