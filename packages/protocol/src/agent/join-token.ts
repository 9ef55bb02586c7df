/**
 * `mst1.<id>.<secret>.<pin>`: id 10 hex, secret 160 bit as base64url, pin the first 128 bit of SHA-256 of the fleet
 * root's public key as 32 hex. The pin lets an agent know its hub before it sends anything.
 */
export interface JoinToken {
  readonly id: string;
  readonly secret: string;
  readonly pin: string;
}

const JOIN_TOKEN = /^mst1\.([0-9a-f]{10})\.([A-Za-z0-9_-]{27})\.([0-9a-f]{32})$/;

export function parseJoinToken(text: string): JoinToken | undefined {
  const match = JOIN_TOKEN.exec(text.trim());
  return match ? { id: match[1]!, secret: match[2]!, pin: match[3]! } : undefined;
}

export const formatJoinToken = (token: JoinToken): string => `mst1.${token.id}.${token.secret}.${token.pin}`;
