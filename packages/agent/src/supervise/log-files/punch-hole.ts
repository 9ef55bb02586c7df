import { execFile } from "node:child_process";
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

const FALLOCATE = "/usr/bin/fallocate";
const TIMEOUT_MS = 30_000;

/** Gives the space of a file's first bytes back to the file system; the file keeps its length. Throws where that cannot be done. */
export function punchHole(path: string, untilByte: number): Promise<void> {
  const args = ["--punch-hole", "--offset", "0", "--length", String(untilByte), "--", path];
  return new Promise((resolve, reject) => {
    execFile(FALLOCATE, args, { env: { LANG: "C" }, timeout: TIMEOUT_MS }, (error) => {
      if (error === null) resolve();
      else reject(new Error(`fallocate: ${error.message.split("\n").at(-2) ?? error.message}`, { cause: error }));
    });
  });
}

const PROBE_BYTES = 1024 * 1024;

/** Why files of this directory cannot give space back, or undefined when they can: tried on a file made for it. */
export async function punchingProblem(directory: string): Promise<string | undefined> {
  const path = join(directory, "probe");
  try {
    const descriptor = openSync(path, "w", 0o600);
    try {
      writeSync(descriptor, Buffer.alloc(PROBE_BYTES, 1));
    } finally {
      closeSync(descriptor);
    }
    await punchHole(path, PROBE_BYTES);
    return statSync(path).size === PROBE_BYTES ? undefined : "the file became shorter";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(path, { force: true });
  }
}
