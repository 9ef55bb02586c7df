/** Types of keys as `authorized_keys` names them. */
const KEY_TYPE = /^(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+$/;
const BODY = /^[A-Za-z0-9+/]+={0,2}$/;

/** A key by what the server compares: its type and its body in base64. */
interface PublicKey {
  readonly type: string;
  readonly body: string;
}

interface KeyLine extends PublicKey {
  /** What the line allows and forbids, as it is written; empty without. */
  readonly options: string;
}

/**
 * Makes sure that a key is let in: `text` as it is where a line of it is there, else with one more at its end. That line
 * gets the options of the key that it is to replace, so that an address which was demanded stays demanded.
 *
 * @param text of `authorized_keys`, a character a byte, so that what is in no known encoding stays as it is.
 * @param publicLine the new key's line without options. Throws where it is none.
 */
export function withKeyLine(text: string, publicLine: string, replaced: string): string {
  const key = publicKeyOf(publicLine);
  const known = linesOf(text).map(readKeyLine);
  if (known.some((line) => line !== undefined && isSame(line, key))) return text;
  const old = publicKeyOf(replaced);
  const options = known.find((line) => line !== undefined && isSame(line, old))?.options ?? "";
  const start = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${start}${options === "" ? "" : `${options} `}${publicLine.trim()}\n`;
}

/** Takes every line of a key out, found by type and body whatever options and comment it has; all else stays to the byte. */
export function withoutKeyLine(text: string, publicLine: string): string {
  const key = publicKeyOf(publicLine);
  return linesOf(text)
    .filter((line) => {
      const found = readKeyLine(line);
      return found === undefined || !isSame(found, key);
    })
    .join("");
}

/** Lines with their ends. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const isSame = (one: PublicKey, other: PublicKey): boolean => one.type === other.type && one.body === other.body;

function publicKeyOf(publicLine: string): PublicKey {
  const key = publicLine.trim().includes("\n") ? undefined : keyAt(publicLine.trim());
  if (key === undefined) throw new Error("this is no line of a public key");
  return key;
}

/** As sshd reads it: the key, or options and then the key. What names an authority is no key that is let in. */
function readKeyLine(line: string): KeyLine | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const bare = keyAt(text);
  if (bare !== undefined) return { ...bare, options: "" };
  const options = optionsAt(text);
  const key = keyAt(text.slice(options.length).trimStart());
  return key === undefined || namesAuthority(options) ? undefined : { ...key, options };
}

function keyAt(text: string): PublicKey | undefined {
  const [type = "", body = ""] = text.split(/[ \t]+/, 2);
  return KEY_TYPE.test(type) && BODY.test(body) ? { type, body } : undefined;
}

/** Up to the first space that is in no quotes; within them a backslash keeps a quote from ending them. */
function optionsAt(text: string): string {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "\\" && text[at + 1] === '"') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (character === " " || character === "\t")) return text.slice(0, at);
  }
  return text;
}

const namesAuthority = (options: string): boolean =>
  options
    .replace(/"(?:\\"|[^"])*"/g, "")
    .toLowerCase()
    .split(",")
    .includes("cert-authority");
