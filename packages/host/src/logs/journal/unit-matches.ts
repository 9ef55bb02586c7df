import { parseUsers, parseUserUnit, unitKindOf } from "@muster/core";
import type { ActingHost } from "../../host.ts";

/** Entries of a unit and what the manager says of it. */
export function systemUnitMatches(name: string): Promise<readonly string[]> {
  if (unitKindOf(name) === undefined) return Promise.reject(new Error("that is no name of a unit"));
  return Promise.resolve([`--unit=${name}`]);
}

/** As above for a unit of a user's own manager, named `user:unit`. */
export async function userUnitMatches(host: ActingHost, name: string): Promise<readonly string[]> {
  const parsed = parseUserUnit(name);
  if (parsed === undefined) throw new Error("that is no name of a user's unit");
  const { user, unit } = parsed;
  const users = parseUsers((await host.readFile("/etc/passwd", "once")) ?? "");
  const uid = users.find((one) => one.name === user)?.uid;
  if (uid === undefined) throw new Error(`there is no user ${user} here`);
  return [`_UID=${uid}`, `_SYSTEMD_USER_UNIT=${unit}`, "+", `_UID=${uid}`, `USER_UNIT=${unit}`];
}
