import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MusterError } from "@muster/core";
import { ensurePrivateDirectory, writeFileDurably } from "@muster/node-kit";

/** A data directory that is ours until `release`. */
export interface DataDirectory {
  readonly path: string;
  file(name: string): string;
  release(): void;
}

/**
 * Makes the directory 0700 and takes it for this process. The hold is an exclusive SQLite lock, which the kernel drops
 * when the process ends in any way, so nothing stale can be left. Throws DATA_DIRECTORY_IN_USE naming the holder.
 */
export function holdDataDirectory(
  path: string,
  holder: { readonly pid: number; readonly listen: string; readonly since: string },
): DataDirectory {
  const problem = tryEnsure(path);
  if (problem)
    throw new MusterError("DATA_DIRECTORY_UNSAFE", { message: `The data directory cannot be used: ${problem}.` });
  const file = (name: string): string => join(path, name);
  closeSync(openSync(file("hub.lock"), "a", 0o600));
  const lock = new DatabaseSync(file("hub.lock"), { timeout: 0 });
  try {
    lock.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new MusterError(
      "DATA_DIRECTORY_IN_USE",
      { message: `The data directory ${path} is in use by ${describeHolder(file("hub.holder.json"))}.` },
      error,
    );
  }
  writeFileDurably(file("hub.holder.json"), JSON.stringify(holder));
  return {
    path,
    file,
    release() {
      rmSync(file("hub.holder.json"), { force: true });
      lock.exec("ROLLBACK");
      lock.close();
    },
  };
}

function tryEnsure(path: string): string | undefined {
  try {
    return ensurePrivateDirectory(path);
  } catch (error) {
    return (error as Error).message;
  }
}

function describeHolder(path: string): string {
  try {
    const { pid, listen, since } = JSON.parse(readFileSync(path, "utf8")) as {
      pid: number;
      listen: string;
      since: string;
    };
    return `another hub: process ${pid}, listening on ${listen}, running since ${since}`;
  } catch {
    return "another hub";
  }
}
