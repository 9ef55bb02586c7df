import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { statSync } from "node:fs";
import { logReader } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { FakeClock, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { LocalHost } from "../src/local-host.ts";
import { startReading } from "./log-source.contract.ts";

/** Counts what a reading asks of the machine. */
class CountingHost extends LocalHost {
  lists = 0;
  reads = 0;
  override listDirectory(path: string): Promise<readonly string[] | undefined> {
    this.lists++;
    return super.listDirectory(path);
  }
  override readPart(...args: Parameters<LocalHost["readPart"]>): ReturnType<LocalHost["readPart"]> {
    this.reads++;
    return super.readPart(...args);
  }
}

/** Lets a reading wait so many times, each to the end of what it waits for. */
async function turns(clock: FakeClock, count: number, stepMs: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await waitFor(() => clock.pendingTimers === 1, { describe: "the reading waits" });
    await clock.advance(stepMs);
  }
  await waitFor(() => clock.pendingTimers === 1, { describe: "the reading waits" });
}

test("[LG7] of lines longer than what is read at a time, one after the other, each beginning is told once", async () => {
  await using directory = await temporaryDirectory("long-lines");
  const path = directory.file("app.log");
  const host = new LocalHost(systemClock);
  const kib = (letter: string, count: number): string => letter.repeat(count * 1024);
  writeFileSync(path, ["first", kib("a", 300), kib("b", 600), kib("c", 200), kib("d", 900), "last", ""].join("\n"));
  const seen: string[] = [];
  const query = { driver: "file", name: path, linesMax: 10, follow: false } as const;
  for await (const item of logReader({ host, clock: systemClock }).read(query, AbortSignal.timeout(10_000))) {
    if ("text" in item) seen.push(item.text.slice(0, 5));
    if (seen.length > 20) break;
  }
  host.close();
  expect(seen).toEqual(["first", "aaaaa", "bbbbb", "ccccc", "ddddd", "last"]);
});

test("[LG2] a quiet log that was put aside is looked for once a second, and what comes is seen at once", async () => {
  await using directory = await temporaryDirectory("quiet-log");
  const path = directory.file("app.log");
  const host = new CountingHost(systemClock);
  const clock = new FakeClock();
  for (let number = 2; number < 12; number++) writeFileSync(`${path}.${number}`, `old ${number}\n`);
  writeFileSync(path, "one\n");
  const query = { driver: "file", name: path, linesMax: 10, follow: true } as const;
  const reading = startReading(logReader({ host, clock }), query);
  await waitFor(reading.isCaughtUp, { describe: "the past is out" });
  renameSync(path, `${path}.1`);
  writeFileSync(path, "");
  await turns(clock, 2, 50);
  host.lists = host.reads = 0;
  await turns(clock, 40, 50);
  expect(host.lists).toBeLessThanOrEqual(3);
  expect(host.reads).toBeLessThanOrEqual(40 * 2 + 3 * 30);
  // Its writer has not heard of the rotation; then one writes to the new file.
  appendFileSync(`${path}.1`, "two\n");
  await turns(clock, 1, 50);
  expect(reading.texts()).toEqual(["one", "two"]);
  writeFileSync(path, "three\n");
  await turns(clock, 1, 50);
  await reading.stop();
  host.close();
  expect([reading.texts(), reading.gaps()]).toEqual([["one", "two", "three"], []]);
});

test("[LG2] output of a supervised process is seen when it is written, and not looked for meanwhile", async () => {
  await using directory = await temporaryDirectory("supervised-wake");
  const path = directory.file("out.log");
  writeFileSync(path, "one\n");
  const host = new LocalHost(systemClock);
  const clock = new FakeClock();
  let asked = 0;
  const parts = async () => {
    asked++;
    return [{ path, fromByte: 0, toByte: statSync(path).size }];
  };
  const query = { driver: "process", name: "app", linesMax: 10, follow: true } as const;
  const reading = startReading(logReader({ host, clock, supervised: { parts } }), query);
  await waitFor(reading.isCaughtUp, { describe: "the past is out" });
  await turns(clock, 2, 50);
  asked = 0;
  await turns(clock, 20, 1_000);
  expect(asked).toBeLessThanOrEqual(21);
  await turns(clock, 1, 50);
  appendFileSync(path, "two\n");
  // No time goes by: the kernel says it.
  await waitFor(() => reading.texts().includes("two"), { describe: "the new line" });
  await reading.stop();
  host.close();
  expect([reading.texts(), reading.gaps()]).toEqual([["one", "two"], []]);
});

test("[LG4] where output in the middle was dropped there is a gap, and all that is left before and behind it", async () => {
  await using directory = await temporaryDirectory("supervised-hole");
  writeFileSync(directory.file("a"), "one\nhalf");
  writeFileSync(directory.file("b"), "two\nthree\n");
  const parts = () =>
    Promise.resolve([
      { path: directory.file("a"), fromByte: 0, toByte: 8 },
      { path: directory.file("b"), fromByte: 100, toByte: 110 },
    ]);
  const host = new LocalHost(systemClock);
  const reader = logReader({ host, clock: systemClock, supervised: { parts } });
  const query = { driver: "process", name: "app", linesMax: 10, follow: false } as const;
  const seen: string[] = [];
  for await (const item of reader.read(query, AbortSignal.timeout(10_000)))
    if ("text" in item) seen.push(item.text);
    else if ("gap" in item) seen.push(item.gap.why);
  host.close();
  expect(seen).toEqual(["one", "half", "older output was removed", "two", "three"]);
});

test("[LG6] who reads the output of a supervised process no further leaves no watch behind", async () => {
  await using directory = await temporaryDirectory("supervised-left");
  const path = directory.file("out.log");
  writeFileSync(path, "one\n");
  const watches: AbortSignal[] = [];
  class WatchedHost extends LocalHost {
    override watchDirectory(...[at, changed, signal]: Parameters<LocalHost["watchDirectory"]>) {
      watches.push(signal);
      return super.watchDirectory(at, changed, signal);
    }
  }
  const host = new WatchedHost(systemClock);
  const parts = () => Promise.resolve([{ path, fromByte: 0, toByte: statSync(path).size }]);
  const query = { driver: "process", name: "app", linesMax: 10, follow: true } as const;
  const reader = logReader({ host, clock: systemClock, supervised: { parts } });
  for await (const item of reader.read(query, AbortSignal.timeout(10_000))) {
    if ("text" in item && item.text === "two") break;
    if ("caughtUp" in item) appendFileSync(path, "two\n");
  }
  host.close();
  expect(watches.map(({ aborted }) => aborted)).toEqual([true]);
});
