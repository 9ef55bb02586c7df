import { boundedText, parseCount } from "./text.ts";

/** User names by user id from the text of /etc/passwd; the first entry of an id counts, as with getpwuid(3). */
export function parseUserNames(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [name, , id] = line.split(":");
    const uid = parseCount(id);
    if (name && uid !== undefined && !names.has(uid)) names.set(uid, boundedText(name, 64));
  }
  return names;
}
