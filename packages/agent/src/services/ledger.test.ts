import { appendFileSync, readFileSync, rmSync, statSync } from "node:fs";
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
