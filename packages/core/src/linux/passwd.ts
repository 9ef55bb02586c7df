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

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** An absolute path; empty when none is said. */
  readonly home: string;
}

/** Users from the text of /etc/passwd; the first entry of an id counts. A line out of format is skipped. */
export function parseUsers(text: string): SystemUser[] {
  const users = new Map<number, SystemUser>();
  for (const line of text.split("\n")) {
    const [name, , uidText, gidText, , home = ""] = line.split(":");
    const [uid, gid] = [parseCount(uidText), parseCount(gidText)];
    if (name && uid !== undefined && gid !== undefined && !users.has(uid)) {
      users.set(uid, { name, uid, gid, home: home.startsWith("/") ? home : "" });
    }
  }
  return [...users.values()];
}
