import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync } from "node:fs";
import { silentLogger } from "@muster/core";
import type { LedgerNote } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { Ledger } from "./ledger.ts";

const note = (cause: string): LedgerNote => ({
  driver: "systemd",
  name: "nginx.service",
  event: "state",
  from: "running",
  to: "failed",
  cause,
  cmd: null,
});

test("lines are numbered over all services, told when they are durable, and there after a restart", async () => {
  await using directory = await temporaryDirectory("ledger");
  const clock = new FakeClock();
  const path = directory.file("ledger.jsonl");
  const ledger = new Ledger(path, { clock, log: silentLogger });
  let told = 0;
  ledger.listen(() => told++);
  ledger.note(note("one"));
  ledger.note({ ...note("two"), name: "app.service" });
  expect([told, ledger.newestSeq, ledger.read(0, 10)]).toEqual([0, 0, []]);
  await clock.advance(1_000);
  expect([told, ledger.newestSeq]).toEqual([1, 2]);
  ledger.note(note("three"));
  ledger.close();
  expect(clock.pendingTimers).toBe(0);
  expect(statSync(path).mode & 0o777).toBe(0o600);

  const again = new Ledger(path, { clock, log: silentLogger });
  expect(again.id).toBe(ledger.id);
  expect(again.read(1, 10).map(({ seq, cause }) => [seq, cause])).toEqual([
    [2, "two"],
    [3, "three"],
  ]);
  again.note(note("four"));
  await clock.advance(1_000);
  expect(again.read(3, 1)).toMatchObject([{ seq: 4, at: clock.now() - 1_000 }]);
  again.close();
});

test("a line that a crash cut off is skipped, and its number given again to what was never told", async () => {
  await using directory = await temporaryDirectory("ledger");
  const clock = new FakeClock();
  const path = directory.file("ledger.jsonl");
  const ledger = new Ledger(path, { clock, log: silentLogger });
  ledger.note(note("one"));
  ledger.close();
  appendFileSync(path, '{"driver":"systemd","name":"nginx.service","seq":2,"at":1,"cau');
  const again = new Ledger(path, { clock, log: silentLogger });
  expect([again.id, again.newestSeq]).toEqual([ledger.id, 1]);
  again.note(note("two"));
  again.close();
  const third = new Ledger(path, { clock, log: silentLogger });
  expect(third.read(0, 10).map(({ cause }) => cause)).toEqual(["one", "two"]);
  third.close();
});

test("a lost ledger begins anew under another id, and a long one keeps its newest lines", async () => {
  await using directory = await temporaryDirectory("ledger");
  const clock = new FakeClock();
  const path = directory.file("ledger.jsonl");
  const ledger = new Ledger(path, { clock, log: silentLogger });
  for (let index = 1; index <= 30_000; index++) {
    ledger.note(note(`cause ${index}`));
    if (index % 5_000 === 0) await clock.advance(1_000);
  }
  ledger.close();
  expect(readFileSync(path, "utf8").split("\n").length).toBeLessThan(25_000);
  const again = new Ledger(path, { clock, log: silentLogger });
  expect(again.read(0, 1)).toMatchObject([{ seq: 20_001, cause: "cause 20001" }]);
  again.close();
  rmSync(path);
  const fresh = new Ledger(path, { clock, log: silentLogger });
  expect(fresh.id).not.toBe(ledger.id);
  expect(fresh.newestSeq).toBe(0);
  fresh.close();
});

/** As a full disk: this process can make no file longer than that. */
function fileBytesMax(bytes: number | "unlimited"): Disposable {
  const limit = (soft: number | "unlimited"): Buffer =>
    execFileSync("/usr/bin/prlimit", ["--pid", String(process.pid), `--fsize=${soft}:`]);
  const told = (): void => undefined;
  process.on("SIGXFSZ", told);
  limit(bytes);
  return {
    [Symbol.dispose]() {
      limit("unlimited");
      process.off("SIGXFSZ", told);
    },
  };
}

test("[SW9] what a full disk cut off takes no other line with it", async () => {
  await using directory = await temporaryDirectory("ledger");
  const clock = new FakeClock();
  const path = directory.file("ledger.jsonl");
  const ledger = new Ledger(path, { clock, log: silentLogger });
  ledger.note(note("one"));
  await clock.advance(1_000);
  {
    using _ = fileBytesMax(statSync(path).size + 20);
    ledger.note(note("two"));
    await clock.advance(1_000);
    expect([ledger.newestSeq, readFileSync(path, "utf8").endsWith("\n")]).toEqual([1, false]);
  }
  ledger.note(note("three"));
  ledger.close();
  const again = new Ledger(path, { clock, log: silentLogger });
  expect(again.read(0, 10).map(({ seq, cause }) => [seq, cause])).toEqual([
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ]);
  again.close();
});

test("[SW10] a ledger that cannot be written anew tells nothing more, ends nobody, and goes on when it can", async () => {
  await using directory = await temporaryDirectory("ledger");
  const clock = new FakeClock();
  const path = directory.file("ledger.jsonl");
  const ledger = new Ledger(path, { clock, log: silentLogger });
  for (let index = 1; index <= 20_001; index++) ledger.note(note(`cause ${index}`));
  await clock.advance(1_000);
  rmSync(path);
  mkdirSync(path);
  ledger.note(note("during"));
  await clock.advance(1_000);
  expect(ledger.newestSeq).toBe(20_001);
  rmdirSync(path);
  ledger.note(note("after"));
  await clock.advance(1_000);
  expect(ledger.newestSeq).toBe(20_003);
  ledger.close();
  const again = new Ledger(path, { clock, log: silentLogger });
  expect(again.read(20_001, 10).map(({ cause }) => cause)).toEqual(["during", "after"]);
  again.close();
});
