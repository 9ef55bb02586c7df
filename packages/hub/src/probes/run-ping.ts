import { execFile } from "node:child_process";
import { pingArguments } from "@muster/core";
import type { PingAsked, PingRun } from "./probe-kind.ts";

/** Of each stream; with `-q` it says a few lines. */
const OUTPUT_BYTES_MAX = 64 * 1024;

/** Runs the system's `ping`, which may send such packets where this program may not. */
export function runPing({ host, packets }: PingAsked, signal: AbortSignal): Promise<PingRun> {
  return new Promise((resolve) => {
    const options = {
      // Its words are read: they must not be those of some other language.
      env: { PATH: process.env["PATH"], LANG: "C", LC_ALL: "C" },
      maxBuffer: OUTPUT_BYTES_MAX,
      killSignal: "SIGKILL",
      signal,
    } as const;
    try {
      execFile("ping", pingArguments(host, packets), options, (error, output, errorOutput) => {
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
