import { plainText } from "../probe-result.ts";

const TEXT_CHARACTERS_MAX = 200;
/** Only statements whose values servers take out themselves; others, such as ALTER ROLE, may hold passwords. */
const PLAIN_STATEMENT = /^[\s(]*(?:select|insert|update|delete|merge|with|replace|values|call|table)\b/i;
// Quoted text of either server, closed or cut off; numbers stay, for they are no secrets and tell statements apart.
const QUOTED = /'(?:[^'\\]|''|\\.)*(?:'|$)|\$(\w*)\$[^]*?(?:\$\1\$|$)/g;

/** A statement from a server's own statistics, bounded and without what stood in quotes. */
export function statementText(text: string | null | undefined): string {
  if (text === null || text === undefined || text === "<insufficient privilege>") return "(hidden)";
  const bounded = text.slice(0, 1_000);
  if (!PLAIN_STATEMENT.test(bounded)) return `(${plainText(bounded.trim().split(/\s/, 1)[0] ?? "", 20)} …)`;
  return plainText(bounded.replaceAll(QUOTED, "'…'").replaceAll(/\s+/g, " "), TEXT_CHARACTERS_MAX);
}
