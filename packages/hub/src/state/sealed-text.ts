import { MusterError } from "@muster/core";
import { seal, unseal } from "@muster/node-kit";

/** Text for the database that only the KEK opens, and only at its place there. */
export const sealText = (kek: Uint8Array, text: string, place: string): Uint8Array =>
  seal(kek, Buffer.from(text), place);

/** `what`: as a sentence about it begins. Throws KEY_MISSING. */
export function unsealText(kek: Uint8Array, sealed: Uint8Array, place: string, what: string): string {
  const plain = unseal(kek, sealed, place);
  if (plain === undefined) throw new MusterError("KEY_MISSING", { message: `${what} was sealed with another key.` });
  return Buffer.from(plain).toString("utf8");
}
