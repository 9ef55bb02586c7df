import { execFile } from "node:child_process";

/**
 * What came of the program. `exited`: it ended by itself, in whichever way; `forbidden`: it needs a right that the hub may
 * not pass on.
 */
export type PingRun =
  | { readonly is: "missing" | "forbidden" | "cut" }
  | { readonly is: "exited"; readonly output: string; readonly errorOutput: string };

/** Of each stream; with `-q` it says a few lines. */
const OUTPUT_BYTES_MAX = 64 * 1024;

/** Runs the system's `ping`, which may send such packets where this program may not. `cut`: aborted, or it said too much. */
export function runPing(args: readonly string[], signal: AbortSignal): Promise<PingRun> {
  return new Promise((resolve) => {
    const options = {
      // Its words are read: they must not be those of some other language.
      env: { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C" },
      maxBuffer: OUTPUT_BYTES_MAX,
      killSignal: "SIGKILL",
      signal,
    } as const;
    try {
      execFile("ping", args, options, (error, output, errorOutput) => {
        if (error?.code === "ENOENT" || error?.code === "EACCES") resolve({ is: "missing" });
        else if (error !== null && typeof error.code !== "number") resolve({ is: "cut" });
        else resolve({ is: "exited", output, errorOutput });
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
      // A bounding set without CAP_NET_RAW forbids a program that has it written on its file, which Node throws at once.
      resolve({ is: "forbidden" });
    }
  });
}
