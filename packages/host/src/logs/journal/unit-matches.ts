import type { ActingHost } from "../../host.ts";

const UNIT = /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,250}\.(?:service|timer|socket|target|mount|path|slice|scope)$/;
const USER = /^[a-z_][a-z0-9_-]{0,31}\$?$/;

/** Entries of a unit and what the manager says of it. */
export function systemUnitMatches(name: string): Promise<readonly string[]> {
  if (!UNIT.test(name)) return Promise.reject(new Error("that is no name of a unit"));
  return Promise.resolve([`--unit=${name}`]);
}

/** As above for a unit of a user's own manager, named `user:unit`. */
export async function userUnitMatches(host: ActingHost, name: string): Promise<readonly string[]> {
  const colon = name.indexOf(":");
  const [user, unit] = [name.slice(0, colon), name.slice(colon + 1)];
  if (colon < 0 || !USER.test(user) || !UNIT.test(unit)) throw new Error("that is no name of a user's unit");
  const passwd = (await host.readFile("/etc/passwd", "once")) ?? "";
  const uid = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([who]) => who === user)?.[2];
  if (uid === undefined || !/^\d+$/.test(uid)) throw new Error(`there is no user ${user} here`);
  return [`_UID=${uid}`, `_SYSTEMD_USER_UNIT=${unit}`, "+", `_UID=${uid}`, `USER_UNIT=${unit}`];
}
