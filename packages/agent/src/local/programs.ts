import { spawn } from "node:child_process";
import type { ExecuteOptions, ExecuteResult, HostStream, StreamOptions } from "@muster/host";

const OUTPUT_BYTES_MAX = 256 * 1024;
const STDERR_BYTES_MAX = 16 * 1024;
/** All that a program started here sees of an environment. */
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C" };

/** In a process group of its own, so that what the program started ends with it. */
function start([file = "", ...args]: readonly string[]) {
  if (!file.startsWith("/")) throw new Error("a program is run by its absolute path only");
  return spawn(file, args, { env: ENVIRONMENT, detached: true, stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}

/** Runs a program to its end. Rejects when it cannot be started, and with the signal's reason when that aborts. */
export async function executeLocally(
  argv: readonly string[],
  { signal, outputBytesMax = OUTPUT_BYTES_MAX }: ExecuteOptions,
): Promise<ExecuteResult> {
  signal.throwIfAborted();
  const child = start(argv);
  return new Promise((resolve, reject) => {
    const outputs = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let roomBytes = outputBytesMax;
    let truncated = false;
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Buffer) => {
        if (chunk.length > roomBytes) truncated = true;
        if (roomBytes > 0) outputs[name].push(chunk.subarray(0, roomBytes));
        roomBytes = Math.max(0, roomBytes - chunk.length);
      });
    }
    const abort = (): void => {
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
    };
    signal.addEventListener("abort", abort, { once: true });
    child.on("error", (error) => {
      signal.removeEventListener("abort", abort);
      reject(error);
    });
    child.on("close", (exitCode) => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) return reject(signal.reason as Error);
      const [stdout, stderr] = [outputs.stdout, outputs.stderr].map((chunks) => Buffer.concat(chunks).toString("utf8"));
      resolve({ exitCode, stdout: stdout ?? "", stderr: stderr ?? "", truncated });
    });
  });
}

/** Starts a program whose output is read as it comes; the pipe holds the program up when nobody reads. */
export function streamLocally(argv: readonly string[], { signal }: StreamOptions): HostStream {
  signal.throwIfAborted();
  const child = start(argv);
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < STDERR_BYTES_MAX) stderr += text.slice(0, STDERR_BYTES_MAX - stderr.length);
  });
  const abort = (): void => killGroup(child.pid);
  signal.addEventListener("abort", abort, { once: true });
  let broken: Error | undefined;
  const ended = new Promise<{ readonly exitCode: number | null; readonly stderr: string }>((resolve) => {
    child.on("error", (error) => {
      broken = error;
      child.stdout.destroy();
      resolve({ exitCode: null, stderr: error.message });
    });
    child.on("close", (exitCode) => {
      signal.removeEventListener("abort", abort);
      resolve({ exitCode, stderr });
    });
  });
  async function* output(): AsyncGenerator<Uint8Array> {
    let isThrough = false;
    try {
      for await (const chunk of child.stdout) yield chunk as Buffer;
      isThrough = true;
    } catch (error) {
      if (!signal.aborted && broken === undefined) throw error;
    } finally {
      // Whoever stops reading has no use for the program; one that closed its output is about to tell how it ended.
      if (!isThrough) killGroup(child.pid);
    }
    if (broken !== undefined) throw broken;
  }
  return { output: output(), ended };
}
