/**
 * Secrets in lines of logs, found by their form. Every pattern begins at a fixed word or a boundary and repeats within a
 * bound, so that a line takes time in proportion to its length, whoever wrote it.
 */

export const REDACTED = "[redacted]";

/** Colours may stand between a name and its value. */
const SGR = "(?:\\u001b\\[[0-9;:]{0,20}m){0,3}";
const NAME =
  "(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|secret[_-]?key|client[_-]?secret|credentials?|auth[_-]?key|session[_-]?id|csrf)";
const VALUE = `(?:"(?:[^"\\\\]|\\\\.){1,2000}"|'(?:[^'\\\\]|\\\\.){1,2000}'|\\\\"[^"\\\\]{1,2000}\\\\"|[^\\s"'&,;\\\\\\u001b]{1,4000})`;

interface Pattern {
  readonly find: RegExp;
  readonly put: string;
}

const PATTERNS: readonly Pattern[] = [
  // Whole private keys on one line, as JSON writes them.
  {
    find: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\\nr\s:,-]{0,16000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
    put: REDACTED,
  },
  // scheme://user:password@host
  {
    find: /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:'"]{0,200}:)[^\s/@'"]{1,1000}@/gi,
    put: `$1${REDACTED}@`,
  },
  {
    find: new RegExp(
      `((?:proxy-)?authorization\\\\?["']?${SGR}\\s{0,4}[:=]\\s{0,4}${SGR}\\\\?["']?(?:(?:bearer|basic|digest|token|negotiate|apikey)\\s{1,4})?)[^\\s"'\\\\,;]{1,8000}`,
      "gi",
    ),
    put: `$1${REDACTED}`,
  },
  { find: /\b((?:bearer|basic)\s{1,4})[A-Za-z0-9._~+/=-]{12,8000}/gi, put: `$1${REDACTED}` },
  { find: /\b((?:set-)?cookie["']?\s{0,4}[:=]\s{0,4})[^\r\n]{1,8000}/gi, put: `$1${REDACTED}` },
  // name=value, "name": "value", NAME: value; the name may have more words after it, as in DB_PASSWORD_FILE.
  {
    find: new RegExp(
      `(${NAME}(?:[_-][A-Za-z0-9_-]{0,30})?\\\\?["']?${SGR}\\s{0,4}(?:=>|:=|[:=])\\s{0,4}${SGR})${VALUE}`,
      "gi",
    ),
    put: `$1${REDACTED}`,
  },
  // --password value
  { find: new RegExp(`(--?[A-Za-z0-9_-]{0,20}${NAME}\\s{1,4})(?!-)[^\\s"']{1,4000}`, "gi"), put: `$1${REDACTED}` },
  // Tokens known by how they begin: Muster's own, GitHub, GitLab, Slack, AWS, Google, Stripe and its like, npm, JWT, Telegram.
  { find: /(?<![A-Za-z0-9_])ms[ta]1\.[A-Za-z0-9._-]{8,2000}/g, put: REDACTED },
  { find: /(?<![A-Za-z0-9_])(?:gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})/g, put: REDACTED },
  { find: /(?<![A-Za-z0-9_])glpat-[A-Za-z0-9_-]{16,255}/g, put: REDACTED },
  { find: /(?<![A-Za-z0-9_])xox[abeoprs]-[A-Za-z0-9-]{10,255}/g, put: REDACTED },
  { find: /(?<![A-Za-z0-9_])(?:AKIA|ASIA|AROA|ABIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g, put: REDACTED },
  { find: /(?<![A-Za-z0-9_])AIza[A-Za-z0-9_-]{30,100}/g, put: REDACTED },
  { find: /(?<![A-Za-z0-9_])(?:sk|pk|rk)[_-](?:live|test|proj|ant)[_-][A-Za-z0-9_-]{12,255}/g, put: REDACTED },
  { find: /(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{30,100}/g, put: REDACTED },
  {
    find: /(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,8000}(?:\.[A-Za-z0-9_-]{0,8000})?/g,
    put: REDACTED,
  },
  { find: /(?<![A-Za-z0-9_])\d{8,12}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g, put: REDACTED },
];

/** Without any of these words no pattern can match, which most lines are spared by. */
const HINT =
  /pass|pwd|secret|token|key|credential|session|csrf|:\/\/|authorization|bearer|basic|cookie|ms[ta]1\.|gh[opsur]_|github_pat|glpat|xox|AKIA|ASIA|AROA|ABIA|AIza|[spr]k[_-]|npm_|eyJ|:AA/i;
const KEY_BEGIN = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----\s*$/;
const KEY_END = /-----END [A-Z ]{0,30}PRIVATE KEY-----/;
const KEY_LINES_MAX = 200;
/** A line of a key whose beginning was not seen: full width, and no hexadecimal number. */
const KEY_BODY = /^\s{0,16}[A-Za-z0-9+/]{64}\s*$/;
const HEXADECIMAL = /^\s*[0-9a-f]*\s*$/i;

/** Redacts the lines of one log in their order: a private key is spread over several. */
export class Redactor {
  /** Lines of a key that may still follow; 0 outside of one. */
  #keyLinesLeft = 0;

  redact(text: string): string {
    if (this.#keyLinesLeft > 0) {
      this.#keyLinesLeft = KEY_END.test(text) ? 0 : this.#keyLinesLeft - 1;
      return REDACTED;
    }
    if (KEY_BODY.test(text) && !HEXADECIMAL.test(text)) return REDACTED;
    if (KEY_BEGIN.test(text)) {
      this.#keyLinesLeft = KEY_LINES_MAX;
      return REDACTED;
    }
    return redactText(text);
  }
}

/** One text with whatever looks like a secret replaced. */
export function redactText(text: string): string {
  if (!HINT.test(text)) return text;
  let redacted = text;
  for (const { find, put } of PATTERNS) redacted = redacted.replace(find, put);
  return redacted;
}
