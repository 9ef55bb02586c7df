import { LocalHost } from "@muster/agent";
import { SERVICE_VERBS, silentLogger } from "@muster/core";
import { DEFAULT_DRIVER_CONFIG, DRIVER_KINDS } from "@muster/host";
import type { MatchEntry } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { startProgram, waitFor } from "@muster/testkit";
import { afterAll, expect, test } from "vitest";

const never = new AbortController().signal;
const host = new LocalHost(systemClock);
afterAll(() => host.close());

const driverOf = (matches: readonly MatchEntry[]) =>
  DRIVER_KINDS.find(({ name }) => name === "match")!.create(
    { ...DEFAULT_DRIVER_CONFIG, matches },
    { host, clock: systemClock, log: silentLogger },
  );

/** A process with a word of its own in its command line. */
const start = (word: string) =>
  startProgram([process.execPath, "-e", "setInterval(() => undefined, 1e6)", "--", "--sleeps", `--found-by=${word}`]);

test("[DR18] processes that hold every keyword are one service: the parent's number, and the sum of what they use", async () => {
  const word = `muster-match-${process.pid}`;
  const driver = driverOf([
    { name: "found", keywords: [word, "--sleeps"] },
    { name: "absent", keywords: [word, "nowhere"] },
  ]);
  expect(await driver.read("found", never)).toMatchObject({ state: "stopped", pid: null, run: null, verbs: [] });
  await using one = await start(word);
  const status = await waitFor(
    async () => {
      const found = await driver.read("found", never);
      return found?.state === "running" && found.pid === one.pid ? found : undefined;
    },
    { describe: "it is found" },
  );
  expect(status).toMatchObject({ health: "healthy", verbs: [], restartPolicy: null, rawState: "1 process" });
  expect(status.memoryBytes).toBeGreaterThan(0);
  await using two = await start(word);
  const both = await waitFor(
    async () => {
      const found = await driver.read("found", never);
      return found?.rawState.startsWith("2 processes") === true ? found : undefined;
    },
    { describe: "both are found" },
  );
  expect(both.run).toBe(status.run);
  expect(both.rawState).toBe(`2 processes: ${[one.pid, two.pid].toSorted((a, b) => a - b).join(" ")}`);
  expect((await driver.list(never)).map(({ name, state }) => [name, state])).toEqual([
    ["absent", "stopped"],
    ["found", "running"],
  ]);
  await one.stop("SIGKILL");
  expect((await driver.read("found", never))?.run).not.toBe(status.run);
});

test("[DR18] an entry without keywords finds nothing instead of everything, and nothing can be done to what is found", async () => {
  const driver = driverOf([
    { name: "all", keywords: [] },
    { name: "also", keywords: [""] },
  ]);
  expect(await driver.list(never)).toEqual([]);
  expect(await driver.detect(never)).toMatchObject({ ok: false });
  const found = driverOf([{ name: "node", keywords: ["node"] }]);
  for (const verb of SERVICE_VERBS) {
    expect(await found.act({ verb, name: "node", args: {} }, never)).toMatchObject({ outcome: "failed" });
  }
});
