import { homedir, hostname } from "node:os";
import { systemClock } from "@muster/node-kit";
import { run } from "./run.ts";
import { processTerminal } from "./terminal/process-terminal.ts";

/** 128 + SIGINT, as shells count. */
const EXIT_INTERRUPTED = 130;

/** Runs this process's command line; the process ends by itself with its code. */
export async function main(): Promise<void> {
  // Timers of the clock hold nothing, so that they cannot keep a finished program; while a command runs, this does.
  const hold = new MessageChannel().port1;
  hold.ref();
  process.exitCode = await run(
    process.argv.slice(2),
    {
      terminal: processTerminal(),
      clock: systemClock,
      random: Math.random,
      env: process.env,
      homeDirectory: homedir(),
      hostName: hostname(),
      cpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1_000;
      },
      stopSignal,
    },
    {
      hub: () => import("@muster/hub"),
      agent: () => import("@muster/agent"),
    },
  );
  hold.close();
}

let stopping: AbortController | undefined;

function stopSignal(): AbortSignal {
  if (!stopping) {
    const controller = new AbortController();
    stopping = controller;
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => {
        if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
        controller.abort();
      });
    }
  }
  return stopping.signal;
}
