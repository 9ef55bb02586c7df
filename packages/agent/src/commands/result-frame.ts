import { sign, toBase64url } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { ResultFrame } from "@muster/protocol";

/** A result as it goes to the hub. @param body JSON text of a `ResultBody` */
export const resultFrame = (body: string, keys: KeyPair): ResultFrame => ({
  t: "result",
  body,
  sig: toBase64url(sign(keys.privateKey, contextBytes("result", [body]))),
});
