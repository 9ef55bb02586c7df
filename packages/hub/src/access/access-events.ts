/** What changed about somebody's rights, so that open sockets obey within a second. */
export type AccessChange =
  | { readonly is: "user-changed"; readonly userId: string }
  | { readonly is: "session-ended"; readonly sessionId: string }
  | { readonly is: "token-revoked"; readonly tokenId: string };

/** Told synchronously, after the change is durable. */
export class AccessEvents {
  readonly #listeners = new Set<(change: AccessChange) => void>();

  listen(listener: (change: AccessChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: AccessChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
