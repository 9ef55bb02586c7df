import type { ActingHost } from "../../host.ts";

const UNIT = /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,250}\.(?:service|timer|socket|target|mount|path|slice|scope)$/;
const INVOCATION = /^[0-9a-f]{32}$/;
const USER = /^[a-z_][a-z0-9_-]{0,31}\$?$/;

/** Entries of a unit, or of one run of it, and what the manager says of it. */
export async function systemUnitMatches(name: string, invocation?: string): Promise<readonly string[]> {
  if (!UNIT.test(name)) throw new Error("that is no name of a unit");
  const [own, managers] = runMatches(invocation, "INVOCATION_ID");
  return [`--unit=${name}`, ...own, ...(managers.length > 0 ? ["+", ...managers] : [])];
}

/** As above for a unit of a user's own manager, named `user:unit`. */
export async function userUnitMatches(host: ActingHost, name: string, invocation?: string): Promise<readonly string[]> {
  const colon = name.indexOf(":");
  const [user, unit] = [name.slice(0, colon), name.slice(colon + 1)];
  if (colon < 0 || !USER.test(user) || !UNIT.test(unit)) throw new Error("that is no name of a user's unit");
  const passwd = (await host.readFile("/etc/passwd", "once")) ?? "";
  const uid = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find(([who]) => who === user)?.[2];
  if (uid === undefined || !/^\d+$/.test(uid)) throw new Error(`there is no user ${user} here`);
  const [own, managers] = runMatches(invocation, "USER_INVOCATION_ID");
  const of = `_UID=${uid}`;
  return [of, `_SYSTEMD_USER_UNIT=${unit}`, ...own, "+", of, `USER_UNIT=${unit}`, ...managers];
}

/** Matches of what a run itself wrote, and of what its manager wrote of it. */
function runMatches(
  invocation: string | undefined,
  managersField: string,
): readonly [own: readonly string[], managers: readonly string[]] {
  if (invocation === undefined) return [[], []];
  if (!INVOCATION.test(invocation)) throw new Error("that is no run of a unit");
  return [[`_SYSTEMD_INVOCATION_ID=${invocation}`], [`${managersField}=${invocation}`]];
}
