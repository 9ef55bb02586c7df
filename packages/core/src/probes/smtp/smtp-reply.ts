import { plainText } from "../probe-result.ts";

/** One reply of a mail server, of one line or several. */
export interface SmtpReply {
  readonly code: number;
  /** Without codes, bounded. */
  readonly lines: readonly string[];
}

const LINES_MAX = 100;

/**
 * Reads the reply at the beginning of what a mail server said (RFC 5321, 4.2). Undefined while it is not whole;
 * `not-smtp` when it will never be one.
 */
export function parseSmtpReply(text: string): SmtpReply | "not-smtp" | undefined {
  const lines: string[] = [];
  let code: string | undefined;
  for (let at = 0; ;) {
    const end = text.indexOf("\n", at);
    const line = (end < 0 ? text.slice(at, at + 4) : text.slice(at, end)).replace(/\r$/, "");
    if (end < 0) return /^(?:$|[2-5]\d{0,2}$|[2-5]\d\d[ -]$)/.test(line) ? undefined : "not-smtp";
    const [, told, more] = /^([2-5]\d\d)(?:([ -])|$)/.exec(line) ?? [];
    if (told === undefined || (code ?? told) !== told || lines.length >= LINES_MAX) return "not-smtp";
    code = told;
    lines.push(plainText(line.slice(4), 200));
    if (more !== "-") return { code: Number(code), lines };
    at = end + 1;
  }
}
