import { existsSync, lstatSync, readFileSync } from "node:fs";
import { deadline, MusterError } from "@muster/core";
import type { ExecuteResult } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { executeLocally } from "../local/programs.ts";

const PROGRAM_MS_MAX = 90_000;
const PLACES = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Runs a program of the system by its name, from the system's own places only. Throws when there is none. */
export async function systemProgram(name: string, ...args: readonly string[]): Promise<ExecuteResult> {
  const place = PLACES.find((directory) => existsSync(`${directory}/${name}`));
  if (place === undefined) throw new MusterError("CONFIG_INVALID", { message: `this machine has no ${name}` });
  const limit = deadline(systemClock, PROGRAM_MS_MAX);
  try {
    return await executeLocally([`${place}/${name}`, ...args], { signal: limit.signal });
  } finally {
    limit.done();
  }
}

/** Like `systemProgram`, for what must succeed: throws with what the program said. */
export async function mustRun(name: string, ...args: readonly string[]): Promise<ExecuteResult> {
  const ended = await systemProgram(name, ...args);
  if (ended.exitCode === 0) return ended;
  const said = `${ended.stderr}${ended.stdout}`.trim().slice(0, 500);
  throw new MusterError("CONFIG_INVALID", {
    message: `${name} ${args.join(" ")} ended with ${ended.exitCode}: ${said}`,
  });
}

export const hasSystemd = (): boolean => existsSync("/run/systemd/system");

/** Throws unless root runs this. */
export function mustBeRoot(): void {
  if (process.getuid?.() !== 0) throw new MusterError("FORBIDDEN", { message: "run this as root (sudo)" });
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** What the machine's user database says of a user; undefined when there is none of this name. */
export async function accountOf(user: string): Promise<Account | undefined> {
  const { exitCode, stdout } = await systemProgram("getent", "passwd", user);
  const [, , uid, gid, , home = ""] = stdout.trim().split(":");
  return exitCode === 0 ? { uid: Number(uid), gid: Number(gid), home } : undefined;
}

/** Text of a plain file of ours; undefined when there is none. */
export function textOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? readFileSync(path, "utf8") : undefined;
}
