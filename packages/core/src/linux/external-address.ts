/** Longest IPv6 text, with an embedded IPv4 address. */
const ADDRESS_CHARACTERS_MAX = 45;

/**
 * The answer of an outside "what is my address" service, checked: one public unicast IPv4 or IPv6 address and nothing
 * else. Anything else, also a private or reserved address, which such a service cannot have seen, gives undefined.
 */
export function parseExternalAddress(answer: string): string | undefined {
  const text = answer.trim().toLowerCase();
  if (text.length === 0 || text.length > ADDRESS_CHARACTERS_MAX) return undefined;
  if (/^[0-9.]+$/.test(text)) return isPublicIpv4(text) ? text : undefined;
  return isPublicIpv6(text) ? text : undefined;
}

function isPublicIpv4(text: string): boolean {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255))
    return false;
  const [a = 0, b = 0, c = 0] = parts.map(Number);
  // The special-purpose registry of IANA (RFC 6890).
  return !(
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 198 && (b === 18 || b === 19)) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113)
  );
}

function isPublicIpv6(text: string): boolean {
  if (!/^[0-9a-f:]+$/.test(text) || text.split("::").length > 2 || text.includes(":::")) return false;
  const [left = "", right] = text.split("::");
  const groups = [...left.split(":"), ...(right ?? "").split(":")].filter((group) => group !== "");
  if (!groups.every((group) => group.length <= 4)) return false;
  if (right === undefined ? groups.length !== 8 || text.split(":").length !== 8 : groups.length > 7) return false;
  if (/^:[^:]|[^:]:$/.test(text)) return false;
  // Global unicast is 2000::/3; 2001:db8::/32 is for documentation.
  return /^[23][0-9a-f]{3}:/.test(text) && !/^2001:0?db8:/.test(text);
}
