import { bareStatus, MONITOR_ONLY, silentLogger } from "@muster/core";
import type { Action, Execution, LoadedPolicy, Policy, ServiceStatus } from "@muster/core";
import type { ResultBody } from "@muster/protocol";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import type { ServiceDriver } from "../service-driver.ts";
import type { ActionJournal, BegunAction } from "./action-journal.ts";
import { ActionRunner } from "./action-runner.ts";
import type { ActionAnswer, ActionRequest } from "./action-runner.ts";
import type { Seen } from "./executor.ts";

/** A journal whose writing takes its time, as that of a database does. What is written outlives whoever writes. */
class SlowJournal implements ActionJournal {
  readonly begun = new Map<string, BegunAction>();
  readonly results = new Map<string, ResultBody>();
  /** Settles each write; a test may hold one back. */
  write: () => Promise<void> = () => Promise.resolve();

  resultOf(cmd: string): ResultBody | "open" | undefined {
    return this.results.get(cmd) ?? (this.begun.has(cmd) ? "open" : undefined);
  }
  usesOf(entry: string): readonly number[] {
    return [...this.begun.values()].filter((each) => each.allowedBy === entry).map((each) => each.startedAt);
  }
  unfinished(): readonly BegunAction[] {
    return [...this.begun.values()].filter(({ cmd }) => !this.results.has(cmd));
  }
  async begin(action: BegunAction): Promise<void> {
    await this.write();
    this.begun.set(action.cmd, action);
  }
  async observe(cmd: string, seen: Seen): Promise<void> {
    await this.write();
    this.begun.set(cmd, { ...this.begun.get(cmd)!, seen });
  }
  async end(result: ResultBody): Promise<void> {
    await this.write();
    this.results.set(result.cmd, result);
  }
}

/** Restarts are counted; `act` may be held back. */
class CountingDriver implements ServiceDriver {
  readonly name = "systemd";
  restarts = 0;
  act_: () => Promise<void> = () => Promise.resolve();

  detect(): Promise<{ readonly ok: true }> {
    return Promise.resolve({ ok: true });
  }
  list(): Promise<readonly ServiceStatus[]> {
    return Promise.resolve([]);
  }
  read(name: string): Promise<ServiceStatus> {
    const run = `run ${this.restarts}`;
    return Promise.resolve({ ...bareStatus({ driver: "systemd", name }), state: "running", rawState: "active", run });
  }
  async act(): Promise<Execution> {
    this.restarts++;
    await this.act_();
    return { outcome: "succeeded", detail: `a new run: run ${this.restarts}` };
  }
}

const restart: Action = { name: "service.restart", args: { driver: "systemd", name: "web.service" } };
const allowing = (more: Partial<Policy["allow"][number]> = {}): LoadedPolicy => ({
  source: "file",
  sha256: "00",
  policy: {
    ...MONITOR_ONLY,
    allow: [{ action: "service.restart", driver: "systemd", names: ["web.service"], ...more }],
  },
});

function world(policy: LoadedPolicy = allowing()) {
  const clock = new FakeClock();
  const journal = new SlowJournal();
  const driver = new CountingDriver();
  const runner = () =>
    new ActionRunner({
      ...{
        journal,
        clock,
        log: silentLogger,
        policy: () => Promise.resolve(policy),
        witness: () => () => Promise.resolve(),
      },
      ...{
        host: undefined,
        drivers: new Map([["systemd" as const, driver]]),
        definitions: undefined,
        ownPid: undefined,
      },
    });
  const ask = (cmd: string, action: Action = restart): ActionRequest => ({
    ...{ cmd, action, actor: "anna" },
    beginByMs: clock.monotonic() + 60_000,
  });
  return { clock, journal, driver, runner, ask };
}

const outcomeOf = (answer: ActionAnswer): string => (answer.is === "ended" ? answer.result.outcome : answer.is);

test("whoever has no session says what, by whom and until when, and is told how it ended", async () => {
  const { runner, ask, driver, journal } = world();
  const answer = await runner().run(ask("c1"));
  expect(answer).toMatchObject({
    is: "ended",
    result: { cmd: "c1", outcome: "succeeded", detail: "a new run: run 1" },
  });
  expect(driver.restarts).toBe(1);
  expect(journal.begun.get("c1")).toMatchObject({ action: restart, seen: { of: "service", before: { run: "run 0" } } });
});

test("the same command has one effect, asked for at the same time, again, and by the next runner", async () => {
  const { runner, ask, driver } = world();
  const first = runner();
  const answers = await Promise.all([first.run(ask("c1")), first.run(ask("c1"))]);
  answers.push(await first.run(ask("c1")), await runner().run(ask("c1")));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(driver.restarts).toBe(1);
});

test("what the policy does not allow is written down, told and not done; so is what comes too late", async () => {
  const { runner, ask, driver, journal } = world();
  const one = runner();
  const stop: Action = { ...restart, name: "service.stop" };
  expect(await one.run(ask("c1", stop))).toMatchObject({
    is: "ended",
    result: { outcome: "refused", detail: expect.stringContaining("policy: no entry allows service.stop") },
  });
  expect(journal.resultOf("c1")).toMatchObject({ outcome: "refused" });
  const late = await one.run({ ...ask("c2"), beginByMs: -1 });
  expect(late).toMatchObject({ result: { outcome: "failed", detail: expect.stringContaining("its time passed") } });
  expect(driver.restarts).toBe(0);
});

test("nothing is done before the journal has it", async () => {
  const { runner, ask, driver, journal, clock } = world();
  const writes: (() => void)[] = [];
  journal.write = () => new Promise((resolve) => writes.push(resolve));
  const answer = runner().run(ask("c1"));
  // Begun, and what was there before.
  for (let write = 0; write < 2; write++) {
    await clock.advance(1);
    expect([driver.restarts, writes.length]).toEqual([0, 1]);
    writes.pop()!();
  }
  await clock.advance(1);
  expect([driver.restarts, writes.length]).toEqual([1, 1]);
  writes.pop()!();
  expect(outcomeOf(await answer)).toBe("succeeded");
});

test("a limit holds for two that come together, however long writing takes", async () => {
  const { runner, ask, driver } = world(allowing({ max: { count: 1, windowMs: 3_600_000 } }));
  const one = runner();
  const answers = await Promise.all([one.run(ask("c1")), one.run(ask("c2"))]);
  expect(answers.map(outcomeOf)).toEqual(["succeeded", "refused"]);
  expect(driver.restarts).toBe(1);
});

test("[R10] a journal that cannot be written begins nothing; one that fails after the effect leads to no second one", async () => {
  const { runner, ask, driver, journal, clock } = world();
  journal.write = () => Promise.reject(new Error("the disk is full"));
  await expect(runner().run(ask("c1"))).rejects.toThrow("the disk is full");
  expect(driver.restarts).toBe(0);
  let writesLeft = 2;
  journal.write = () => (writesLeft-- > 0 ? Promise.resolve() : Promise.reject(new Error("the disk is full")));
  await expect(runner().run(ask("c2"))).rejects.toThrow("the disk is full");
  expect([driver.restarts, journal.resultOf("c2")]).toEqual([1, "open"]);
  journal.write = () => Promise.resolve();
  const next = runner();
  next.recover();
  const answer = next.run(ask("c2"));
  await clock.advance(10_000);
  expect(await answer).toMatchObject({
    result: { outcome: "succeeded", detail: expect.stringContaining("a new run") },
  });
  expect(driver.restarts).toBe(1);
});

test("[PR56] one that is stopped in the middle answers later, and the next tells", async () => {
  const { runner, ask, driver, journal, clock } = world();
  const held = Promise.withResolvers<void>();
  driver.act_ = () => held.promise.then(() => Promise.reject(new Error("it was ended")));
  const first = runner();
  const { answer } = await first.accept(ask("c1"));
  await clock.advance(1);
  const stopped = first.stop(new Error("the hub stops"));
  held.resolve();
  await stopped;
  expect(await answer).toEqual({ is: "later" });
  expect(await first.run(ask("c1"))).toEqual({ is: "later" });
  expect(journal.unfinished()).toHaveLength(1);
  const next = runner();
  next.recover();
  await clock.advance(10_000);
  expect(outcomeOf(await next.run(ask("c1")))).toBe("succeeded");
  expect(driver.restarts).toBe(1);
});
