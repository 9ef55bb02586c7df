import { ERRORS, isMusterError } from "@muster/core";
import { startHub as buildAndStart, loadHubConfig, systemHubDeps } from "./start-hub.ts";
import type { RunningHub } from "./start-hub.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts a hub in this process with the given flags and environment. Throws what the catalogue knows. */
export const startHub = (argv: readonly string[], environment: Environment): Promise<RunningHub> => {
  const loaded = loadHubConfig(argv, environment);
  return buildAndStart(loaded, systemHubDeps());
};

/** Runs a hub until it is told to stop; the exit code. SIGTERM and SIGINT stop it in order, a second one at once. */
export async function runHub(argv: readonly string[], environment: Environment): Promise<number> {
  try {
    const loaded = loadHubConfig(argv, environment);
    if (loaded.printAndExit) {
      for (const [name, origin] of Object.entries(loaded.origins)) {
        const value = (loaded.config as unknown as Record<string, unknown>)[name];
        process.stdout.write(`${name}: ${value === undefined ? "-" : JSON.stringify(value)}  # ${origin}\n`);
      }
      return 0;
    }
    const hub = await buildAndStart(loaded, systemHubDeps());
    if (hub.setupUrl !== undefined) process.stdout.write(`Make the first administrator here, once: ${hub.setupUrl}\n`);
    process.stdout.write(`Muster listens on ${hub.address}\n`);
    if (hub.selfMadeFingerprint !== undefined) {
      process.stdout.write(`Its own certificate, for comparing: SHA-256 ${hub.selfMadeFingerprint}\n`);
    }
    await stopSignal();
    await hub.stop();
    return 0;
  } catch (error) {
    return reportFailure(error);
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        // Whatever was acknowledged is durable already, so leaving at once loses nothing.
        if (isStopping) process.exit(130);
        isStopping = true;
        resolve();
      });
    }
  });
}

/** Says what is wrong, every problem with its place, and gives the exit code. */
function reportFailure(error: unknown): number {
  if (!isMusterError(error)) throw error;
  process.stderr.write(`muster hub: ${error.message}\n`);
  for (const [path, why] of Object.entries(error.details.fields ?? {})) process.stderr.write(`  ${path}: ${why}\n`);
  return ERRORS[error.code].exit;
}
