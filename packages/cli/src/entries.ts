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

export interface HubEntry {
  /** Runs a hub until it is told to stop; the exit code. */
  runHub(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number>;
  /** Starts a hub in this process with the given flags and environment. Throws what the catalogue knows. */
  startHub(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<RunningHub>;
  /** Checks the hash chain in a data directory that no hub needs to serve. */
  verifyAudit(dataDir: string): Promise<ChainState>;
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
