const BYTES = 16;

/** A new name for one press of a button. `randomUUID` would need a secure context; plain HTTP has none. */
export const idempotencyKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(BYTES))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
