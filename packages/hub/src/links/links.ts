import type { Outcome } from "@muster/core";
import type { CallName, Calls, CommandCore, StreamName, Streams } from "@muster/protocol";

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
  /** Sends one command, at most once, and waits for its signed outcome. Throws SERVER_OFFLINE, SERVER_QUARANTINED before sending; after it, not knowing is an outcome. */
  command(
    serverId: string,
    core: CommandRequest,
    audit: { readonly seq: number; readonly hash: string },
    signal: AbortSignal,
  ): Promise<Outcome>;
  /** Ends the link of a server now. */
  disconnect(serverId: string, why: "revoked" | "changed" | "quarantined"): void;
}

/** A command without what the link itself knows (protocol version, the agent's id). */
export type CommandRequest = Omit<CommandCore, "v" | "agent">;
