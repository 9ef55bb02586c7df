import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import type { UserInfo } from "node:os";
import type { ServiceDefinition } from "@muster/core";
import { RUN_VARIABLE } from "./processes-of-run.ts";
import type { RunSpec } from "./runner.ts";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SETPRIV = "/usr/bin/setpriv";
const PRLIMIT = "/usr/bin/prlimit";

/** What is executed in the end, after every part of it was looked at. */
export interface Launch {
  /** The program itself, or one that changes user or limits and then becomes it: the pid stays the same. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** What has to be given before the definition can be run anywhere, in words for people; undefined when nothing lacks. */
export function lackOf({ definition, secrets }: Pick<RunSpec, "definition" | "secrets">): string | undefined {
  const missing = definition.secrets.filter((name) => secrets[name] === undefined);
  if (missing.length === 0) return undefined;
  const [what, one] = missing.length === 1 ? ["secret", "a value"] : ["secrets", "values"];
  return `no value is stored for the ${what} ${missing.join(", ")}: define it again with ${one}, and it starts by itself`;
}

/** Throws, in words for people, when the definition cannot be run here. */
export function launchOf({ definition, secrets, runId }: RunSpec): Launch {
  checkDirectory(definition.directory);
  checkProgram(definition.command[0] ?? "");
  const account = accountOf(definition);
  return {
    argv: [...asUser(account), ...limited(definition), ...definition.command],
    environment: {
      PATH,
      LANG: "C.UTF-8",
      HOME: account.home,
      USER: account.name,
      LOGNAME: account.name,
      ...definition.environment,
      ...secrets,
      MUSTER_SERVICE: definition.name,
      [RUN_VARIABLE]: runId,
    },
  };
}

function checkDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new Error(`there is no directory ${path}`);
}

function checkProgram(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new Error(`there is no program ${path}`);
  if (!stat.isFile()) throw new Error(`${path} is no program`);
  try {
    accessSync(path, constants.X_OK);
  } catch (error) {
    throw new Error(`${path} may not be executed`, { cause: error });
  }
}

/** Of this process: it does not change, and asking reads files. */
let own: UserInfo<string> | undefined;

function accountOf({ user }: ServiceDefinition): Account {
  own ??= userInfo();
  const isRoot = own.uid === 0;
  if (user === null || user === own.username)
    return { name: own.username, uid: own.uid, gid: own.gid, home: own.homedir };
  if (!isRoot) throw new Error(`to run as ${user}, the agent would have to run as root; it runs as ${own.username}`);
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [name, , uid, gid, , home] = line.split(":");
    if (name === user) return { name, uid: Number(uid), gid: Number(gid), home: home ?? "/" };
  }
  throw new Error(`there is no user ${user} in /etc/passwd`);
}

/** With the groups that the system gives this user, which a bare change of ids would lose. */
function asUser({ name, uid, gid }: Account): readonly string[] {
  if (uid === process.getuid?.()) return [];
  checkProgram(SETPRIV);
  return [SETPRIV, `--reuid=${name}`, `--regid=${gid}`, "--init-groups", "--"];
}

function limited({ limits: { openFilesMax } }: ServiceDefinition): readonly string[] {
  if (openFilesMax === null) return [];
  checkProgram(PRLIMIT);
  return [PRLIMIT, `--nofile=${openFilesMax}:${openFilesMax}`, "--"];
}
