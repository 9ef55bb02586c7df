import type { CallName, Calls, LinkSettings, LinkTest, ResultBody, StreamName, Streams } from "@muster/protocol";

/** How the hub reaches servers, whichever way each is linked. Who may ask is decided above. */
export interface Links {
  isConnected(serverId: string): boolean;
  /** A reading or tuning call. Throws SERVER_OFFLINE, ACTION_TIMED_OUT. */
  call<K extends CallName>(
    serverId: string,
    name: K,
    params: Calls[K]["params"],
    signal: AbortSignal,
  ): Promise<Calls[K]["result"]>;
  /** Why a server can take no command now; undefined when it can. */
  commandProblem(serverId: string): "SERVER_OFFLINE" | "SERVER_QUARANTINED" | undefined;
  /**
   * Signs a command's core for the connection of this moment and sends it. One at a time for a server: a number that is
   * given out later must not leave earlier, or the agent refuses the other one as old. What comes of it comes by `serve`. Throws SERVER_OFFLINE, SERVER_QUARANTINED before sending.
   */
  deliver(serverId: string, core: string, audit: { readonly seq: number; readonly hash: string }): Promise<void>;
  /** Who hears of servers that can take commands, and of results. Called once, before servers connect. */
  serve(ends: CommandEnds): void;
  /**
   * What a server reads for us piece by piece, no faster than it is taken. Throws SERVER_OFFLINE, also when the connection
   * ends; SERVER_QUARANTINED; ACTION_REFUSED with the policy's sentence; LOG_UNREADABLE; RATE_LIMITED. Ends when aborted.
   */
  stream<K extends StreamName>(
    serverId: string,
    name: K,
    params: Streams[K]["params"],
    signal: AbortSignal,
  ): AsyncGenerator<Streams[K]["item"], void, undefined>;
  /** Ends the link of a server now. */
  disconnect(serverId: string, why: "revoked" | "changed" | "quarantined"): void;
}

/** One way to a server that is to be tried: as it is kept, or before there is a server. */
export interface LinkTrial {
  readonly settings: LinkSettings;
  /** Whose kept secret and host key are used, unless a secret is given. */
  readonly serverId: string | undefined;
  readonly secret: string | undefined;
}

/** Links that the hub goes out for. */
export interface ReachedLinks {
  /** Tries every step; what fails is an answer. Throws NOT_FOUND for a key or a server on the way that is not there. */
  test(trial: LinkTrial, signal: AbortSignal): Promise<LinkTest>;
  /** Reads a server now. Throws SERVER_OFFLINE with the reason. */
  refresh(serverId: string, signal: AbortSignal): Promise<void>;
}

/** What becomes of commands. */
export interface CommandEnds {
  /** This server can take commands from now on. */
  connected(serverId: string): void;
  /** A result with a right signature. It is confirmed to the server when this resolves. */
  result(serverId: string, result: ResultBody): Promise<void>;
}
