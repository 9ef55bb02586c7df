import { execFile } from "node:child_process";

/** What came of the program. `exited`: it ended by itself, in whichever way. */
export type PingRun =
  | { readonly is: "missing" | "cut" }
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
    execFile("ping", args, options, (error, output, errorOutput) => {
      if (error?.code === "ENOENT" || error?.code === "EACCES") resolve({ is: "missing" });
      else if (error !== null && typeof error.code !== "number") resolve({ is: "cut" });
      else resolve({ is: "exited", output, errorOutput });
    });
  });
}
