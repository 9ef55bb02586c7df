/**
 * What is ever signed, hashed or MACed, with its number of fields. A signature made in one context means nothing in
 * another, and a fixed number of length-prefixed fields leaves no way to move bytes between them (security.md section 2).
 */
export const CONTEXTS = {
  hubcert: { fields: 4, prefix: "muster/1 hubcert" },
  hello: { fields: 4, prefix: "muster/1 hello" },
  enrollMac: { fields: 6, prefix: "muster/1 enroll-mac" },
  enrollSig: { fields: 6, prefix: "muster/1 enroll-sig" },
  welcome: { fields: 7, prefix: "muster/1 welcome" },
  auth: { fields: 5, prefix: "muster/1 auth" },
  ready: { fields: 5, prefix: "muster/1 ready" },
  cmd: { fields: 2, prefix: "muster/1 cmd" },
  result: { fields: 1, prefix: "muster/1 result" },
  audit: { fields: 2, prefix: "muster/1 audit" },
  checkpoint: { fields: 4, prefix: "muster/1 checkpoint" },
  rotateOld: { fields: 3, prefix: "muster/1 rotate-old" },
  rotateNew: { fields: 3, prefix: "muster/1 rotate-new" },
  revoke: { fields: 1, prefix: "muster/1 revoke" },
} as const;

export type Context = keyof typeof CONTEXTS;

// Both a browser and Node have it; the type is stated here because this package sees the types of neither.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const encoder = new TextEncoder();

/** A field as bytes: text in UTF-8, numbers in decimal text. */
export type Field = Uint8Array | string | number;

/**
 * The bytes that are hashed for a context: each of prefix and fields as a 4-byte big-endian length and its bytes.
 * Throws RangeError when the number of fields is not the context's own.
 */
export function contextBytes(context: Context, fields: readonly Field[]): Uint8Array {
  const { prefix, fields: expected } = CONTEXTS[context];
  if (fields.length !== expected) throw new RangeError(`${context} takes ${expected} fields, got ${fields.length}`);
  const parts = [prefix, ...fields].map((field) =>
    field instanceof Uint8Array ? field : encoder.encode(String(field)),
  );
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setUint32(offset, part.length);
    bytes.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return bytes;
}
