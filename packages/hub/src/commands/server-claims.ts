import { MusterError } from "@muster/core";

/** Servers at which something is at work that bears nothing else beside it. */
export class ServerClaims {
  readonly #claims = new Map<string, string>();

  /** What is at work on a server, as a sentence that says what to do; undefined when nothing is. */
  of(serverId: string): string | undefined {
    return this.#claims.get(serverId);
  }

  /** Gives how to let go of it. Throws CONFLICT with the sentence of whoever has it. */
  take(serverId: string, sentence: string): () => void {
    const taken = this.#claims.get(serverId);
    if (taken !== undefined) throw new MusterError("CONFLICT", { message: taken });
    this.#claims.set(serverId, sentence);
    return () => void this.#claims.delete(serverId);
  }
}
