import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { chmodSync } from "node:fs";
import { silentLogger } from "@muster/core";
import type { LedgerNote, ServiceStatus } from "@muster/core";
import { randomHex, systemClock } from "@muster/node-kit";
import { waitFor } from "@muster/testkit";
import { readOwnedFile } from "../src/policy/owned-file.ts";
import { parseStrictYaml } from "../src/policy/strict-yaml.ts";
import { readSupervisedLog } from "../src/supervise/log-files/read-supervised-log.ts";
import type { CheckPort } from "../src/supervise/check-port.ts";
import { NO_CHECKS } from "../src/supervise/check-port.ts";
import { openSupervision } from "../src/supervise/supervision.ts";
import type { Supervision } from "../src/supervise/supervision.ts";

export interface Supervising extends AsyncDisposable, Supervision {
  readonly notes: LedgerNote[];
  status(name: string, driver?: "process" | "tmux"): Promise<ServiceStatus>;
  /** Waits until a service is in this state and gives what it then is. */
  until(name: string, state: ServiceStatus["state"], driver?: "process" | "tmux"): Promise<ServiceStatus>;
  act(verb: "start" | "stop" | "restart" | "reset", name: string, driver?: "process" | "tmux"): Promise<string>;
}

const ownUid = process.getuid?.() ?? 0;
export const currentBootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

export function writeDefinitions(
  path: string,
  tree: { readonly services?: readonly object[]; readonly [key: string]: unknown },
): void {
  // JSON is YAML, and its numbers are plain text to a reader without types.
  chmodSync(dirname(path), 0o700);
  writeFileSync(path, JSON.stringify({ version: "1", ...tree }, null, 1), { mode: 0o600 });
}

/** A supervisor over a directory with real children; leaves them alone when disposed, unless it is told to end them. */
export async function supervise(
  stateDirectory: string,
  definitionsPath: string,
  {
    checks = NO_CHECKS,
    bootId = currentBootId,
    atEnd = "stop-all" as "stop-all" | "leave",
  }: { checks?: CheckPort; bootId?: string; atEnd?: "stop-all" | "leave" } = {},
): Promise<Supervising> {
  const notes: LedgerNote[] = [];
  const supervision = openSupervision(
    { stateDirectory, definitionsPath, bootId, pageBytes: 4096 },
    {
      clock: systemClock,
      log: silentLogger,
      random: () => 0,
      checks,
      note: (note) => void notes.push(note),
      newRunId: () => randomHex(16),
      readOwned: (path, bytesMax) => readOwnedFile(path, ownUid, bytesMax),
      parseYaml: parseStrictYaml,
    },
  );
  await supervision.supervisor.start();
  const driverOf = (name: string) => supervision.drivers.find((driver) => driver.name === name)!;
  const status = async (name: string, driver = "process"): Promise<ServiceStatus> => {
    const found = await driverOf(driver).read(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return {
    ...supervision,
    notes,
    status,
    until: (name, state, driver) =>
      waitFor(
        async () => {
          const now = await status(name, driver);
          return now.state === state ? now : undefined;
        },
        {
          timeoutMs: 15_000,
          describe: async () =>
            `${name} is ${state}; it is ${JSON.stringify(await status(name, driver))}; ${JSON.stringify(notes.slice(-5))}`,
        },
      ),
    act: async (verb, name, driver = "process") =>
      (await driverOf(driver).act({ verb, name, args: {} }, AbortSignal.timeout(15_000))).outcome,
    [Symbol.asyncDispose]: async () => {
      if (atEnd === "stop-all") await supervision.supervisor.stopAll("the test is over", AbortSignal.timeout(15_000));
      await supervision.supervisor.close();
    },
  };
}

export const isProcessAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

/** What is kept of a log's bytes between two positions, while nothing is sealed. */
export function logBytes(directory: string, from = 0, to = Number.POSITIVE_INFINITY): Buffer {
  const parts = readSupervisedLog(directory).parts.map(({ path, fromLogical, toLogical, zeroLogical }) => {
    const first = Math.max(from, fromLogical);
    const bytes = Buffer.alloc(Math.max(0, Math.min(to, toLogical) - first));
    const descriptor = openSync(path, "r");
    readSync(descriptor, bytes, 0, bytes.length, first - zeroLogical);
    closeSync(descriptor);
    return bytes;
  });
  return Buffer.concat(parts);
}
