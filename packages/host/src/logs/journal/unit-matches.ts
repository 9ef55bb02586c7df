import { parseUsers, parseUserUnit, unitKindOf } from "@muster/core";
import type { ActingHost } from "../../host.ts";

const INVOCATION = /^[0-9a-f]{32}$/;

/** Entries of a unit, or of one run of it, and what the manager says of it. */
export async function systemUnitMatches(name: string, invocation?: string): Promise<readonly string[]> {
  if (unitKindOf(name) === undefined) throw new Error("that is no name of a unit");
  const [own, managers] = runMatches(invocation, "INVOCATION_ID");
  return [`--unit=${name}`, ...own, ...(managers.length > 0 ? ["+", ...managers] : [])];
}

/** As above for a unit of a user's own manager, named `user:unit`. */
export async function userUnitMatches(host: ActingHost, name: string, invocation?: string): Promise<readonly string[]> {
  const parsed = parseUserUnit(name);
  if (parsed === undefined) throw new Error("that is no name of a user's unit");
  const { user, unit } = parsed;
  const users = parseUsers((await host.readFile("/etc/passwd", "once")) ?? "");
  const uid = users.find((one) => one.name === user)?.uid;
  if (uid === undefined) throw new Error(`there is no user ${user} here`);
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
