import { boundedText } from "./text.ts";

/** What an os-release file says (os-release(5)). */
export interface OsRelease {
  readonly id?: string;
  readonly name?: string;
  readonly version?: string;
}

const TEXT_CHARACTERS_MAX = 128;

/** The text of /etc/os-release; names that it lacks are absent. */
export function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], unquote(match[2]));
  }
  const id = values.get("ID");
  const name = values.get("PRETTY_NAME") ?? values.get("NAME");
  const version = values.get("VERSION_ID");
  return {
    ...(id ? { id: boundedText(id, TEXT_CHARACTERS_MAX) } : {}),
    ...(name ? { name: boundedText(name, TEXT_CHARACTERS_MAX) } : {}),
    ...(version ? { version: boundedText(version, TEXT_CHARACTERS_MAX) } : {}),
  };
}

/** Values follow shell quoting: single quotes keep everything, double quotes escape by a backslash. */
function unquote(text: string): string {
  const quote = text[0];
  if ((quote !== '"' && quote !== "'") || text.length < 2 || text.at(-1) !== quote) return text;
  const inner = text.slice(1, -1);
  return quote === "'" ? inner : inner.replace(/\\(["$`\\])/g, "$1");
}
