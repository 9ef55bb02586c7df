/** FNV-1a of bytes, or of a text's UTF-16 units: a fingerprint of 32 bits that is the same everywhere and no secret. */
export function fnv1a(content: string | Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < content.length; at++)
    hash = Math.imul(hash ^ (typeof content === "string" ? content.charCodeAt(at) : content[at]!), 0x01000193);
  return hash >>> 0;
}
