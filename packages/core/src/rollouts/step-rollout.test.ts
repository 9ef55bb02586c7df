import { seededRandom } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../actions/catalog.ts";
import { planRollout } from "./plan-rollout.ts";
import { FAILURE_POLICIES, ROLLOUT_DEFAULTS } from "./rollout.ts";
import type { RolloutAction, RolloutPlan, RolloutRun, RolloutState, RolloutWish, TargetBefore } from "./rollout.ts";
import { isRolloutOpen, newRolloutRun, rolloutDuty, stepRollout } from "./step-rollout.ts";
import type { RolloutEvent } from "./step-rollout.ts";

const RUNNING: TargetBefore = { isRunning: true, health: "healthy", run: "1" };
const GOOD: Outcome = { is: "succeeded", detail: "" };
const BAD: Outcome = { is: "failed", detail: "no" };

const planOf = (count: number, change: Partial<RolloutWish> = {}): RolloutPlan =>
  planRollout(
    {
      ...ROLLOUT_DEFAULTS,
      ...{ name: "x", action: "service.restart", args: {}, targets: { tag: "all" } },
      ...{ batch: { is: "count", count: 1 }, gate: { stableMs: 10, timeoutMs: 100 } },
      ...change,
    },
    Array.from({ length: count }, (_, index) => ({
      ...{
        id: `t${String(index).padStart(2, "0")}`,
        serverId: `s${index}`,
        server: `server-${String(index).padStart(2, "0")}`,
      },
      service: { driver: "systemd", name: "web.service" } as const,
    })),
    [],
  );

/** Takes the events one after the other; each array entry is an event and the instant at which it comes. */
function play(plan: RolloutPlan, events: readonly (readonly [RolloutEvent, number])[]): RolloutRun {
  let run = newRolloutRun(plan);
  for (const [event, now] of events) run = stepRollout(run, event, plan, now).run;
  return run;
}
const before = (plan: RolloutPlan, seen = RUNNING): RolloutEvent => ({
  is: "begin",
  before: Object.fromEntries(plan.waves.flatMap(({ targets }) => targets.map(({ id }) => [id, seen]))),
});
const wave = (plan: RolloutPlan, id: string, outcome: Outcome, at = 0): (readonly [RolloutEvent, number])[] => [
  [before(plan), at],
  [{ is: "asked", cmds: { [id]: `c-${id}` } }, at],
  [{ is: "outcome", cmd: `c-${id}`, outcome }, at],
];
const seen = (id: string, isGood = true, run = "2"): RolloutEvent => ({
  is: "seen",
  id,
  isGood,
  why: isGood ? "" : "it is stopped",
  run,
});
const start: readonly [RolloutEvent, number] = [{ is: "start" }, 0];

describe("the table of rollouts", () => {
  test("[RO11] a target is good when it was well long enough on end, and in one run", () => {
    const plan = planOf(1);
    const acted = [start, ...wave(plan, "t00", GOOD)];
    expect(play(plan, [...acted, [seen("t00"), 1], [seen("t00"), 10]]).targets[0]).toMatchObject({ stage: "acted" });
    expect(play(plan, [...acted, [seen("t00"), 1], [seen("t00"), 11]]).state).toMatchObject({ outcome: "succeeded" });
    expect(play(plan, [...acted, [seen("t00"), 1], [seen("t00", true, "3"), 11]]).targets[0]).toMatchObject({
      goodSince: 11,
    });
    expect(
      play(plan, [...acted, [seen("t00"), 1], [seen("t00", false), 5], [seen("t00"), 11]]).targets[0],
    ).toMatchObject({
      stage: "acted",
      goodSince: 11,
    });
  });

  test("[RO11] one that does not come back in time has failed, with what was seen last", () => {
    const plan = planOf(2);
    const run = play(plan, [start, ...wave(plan, "t00", GOOD), [seen("t00", false), 50], [{ is: "time" }, 101]]);
    expect(run.state).toMatchObject({ is: "ended", outcome: "failed" });
    expect(run.targets[0]).toMatchObject({ stage: "failed", detail: "not well again within 0 s: it is stopped" });
    expect(run.targets[1]).toMatchObject({ stage: "waiting" });
  });

  test("[RO12] so many may fail, and a canary none", () => {
    const plan = planOf(3, { failuresMax: 1 });
    expect(play(plan, [start, ...wave(plan, "t00", BAD)]).state).toMatchObject({ is: "running", wave: 1 });
    expect(play(plan, [start, ...wave(plan, "t00", BAD), ...wave(plan, "t01", BAD)]).state).toMatchObject({
      outcome: "failed",
    });
    const withCanary = planOf(3, { failuresMax: 1, canary: 1, onFailure: "go-on" });
    expect(play(withCanary, [start, ...wave(withCanary, "t00", BAD)]).state).toMatchObject({ outcome: "failed" });
  });

  test("[RO12] where it goes on regardless, it ends partial", () => {
    const plan = planOf(2, { onFailure: "go-on" });
    const run = play(plan, [start, ...wave(plan, "t00", BAD), ...wave(plan, "t01", BAD)]);
    expect(run.state).toMatchObject({ outcome: "partial", detail: "2 of 2 failed" });
  });

  test("[RO13] the next wave waits for the pause", () => {
    const plan = planOf(2, { pauseMs: 50, gate: { stableMs: 0, timeoutMs: 100 } });
    const run = play(plan, [start, ...wave(plan, "t00", GOOD), [seen("t00"), 1], [before(plan), 50]]);
    expect(run.state).toMatchObject({ is: "running", wave: 1, step: { is: "due", notBefore: 51 } });
    expect(rolloutDuty(run, plan, 50)).toBeUndefined();
    expect(rolloutDuty(run, plan, 51)).toMatchObject({ is: "begin", wave: 1 });
  });

  test("[RO14] paused, what has begun comes to its end and nothing new begins", () => {
    const plan = planOf(2, { gate: { stableMs: 0, timeoutMs: 100 } });
    const paused = play(plan, [start, ...wave(plan, "t00", GOOD), [{ is: "pause" }, 0], [seen("t00"), 1]]);
    expect(paused.state).toMatchObject({ is: "paused", wave: 1, step: { is: "due" } });
    expect(rolloutDuty(paused, plan, 10_000)).toBeUndefined();
    const resumed = stepRollout(paused, { is: "resume" }, plan, 5).run;
    expect(rolloutDuty(resumed, plan, 5)).toMatchObject({ is: "begin" });
  });

  test("[RO15] aborted, it ends when no outcome is awaited any more", () => {
    const plan = planOf(2);
    const asked = [
      start,
      ...wave(plan, "t00", GOOD).slice(0, 2),
      [{ is: "abort", by: "anna", isTakenBack: false }, 1],
    ] as const;
    expect(play(plan, asked).state).toMatchObject({ is: "stopping" });
    const over = play(plan, [...asked, [{ is: "outcome", cmd: "c-t00", outcome: GOOD }, 2]]);
    expect(over.state).toEqual({ is: "ended", outcome: "aborted", detail: "aborted by anna" });
  });

  test("[RO16] rolled back is what the rollout changed, last wave first; what was so before stays", () => {
    const plan = planOf(3, { action: "service.stop", onFailure: "roll-back", gate: { stableMs: 0, timeoutMs: 100 } });
    const stopped: TargetBefore = { ...RUNNING, isRunning: false };
    const run = play(plan, [
      start,
      ...wave(plan, "t00", GOOD),
      [seen("t00"), 1],
      [before(plan, stopped), 1],
      ...wave(plan, "t01", GOOD, 1).slice(1),
      [seen("t01"), 2],
      ...wave(plan, "t02", BAD, 2),
    ]);
    expect(run.state).toMatchObject({ is: "rolling-back", wave: 2, step: "asking" });
    expect(rolloutDuty(run, plan, 3)).toMatchObject({ is: "undo", targets: [{ id: "t02" }] });
    const rest = [
      { is: "asked", cmds: { t02: "u2" } },
      { is: "outcome", cmd: "u2", outcome: GOOD },
      { is: "asked", cmds: { t00: "u0" } },
      { is: "outcome", cmd: "u0", outcome: BAD },
    ] as const;
    const back = rest.reduce((now, event) => stepRollout(now, event, plan, 4).run, run);
    expect(back.targets.map(({ stage }) => stage)).toEqual(["left", "good", "undone"]);
    expect(back.state).toMatchObject({ is: "ended", outcome: "failed" });
  });

  test("[RO17] whoever may not do it any more begins nothing more", () => {
    const plan = planOf(2);
    const run = play(plan, [start, [{ is: "refused", why: "demoted" }, 0]]);
    expect(run.state).toEqual({ is: "ended", outcome: "refused", detail: "demoted; nothing more was begun" });
  });

  test("[RO10] what people ask for in the wrong state is refused in words", () => {
    const plan = planOf(1, { needsApproval: true });
    const asked = newRolloutRun(plan);
    expect(stepRollout(asked, { is: "start" }, plan, 0)).toMatchObject({
      run: asked,
      problem: expect.stringMatching(/approve/),
    });
    const approved = stepRollout(asked, { is: "approve" }, plan, 0).run;
    expect(approved.state.is).toBe("planned");
    expect(stepRollout(approved, { is: "approve" }, plan, 0).problem).toMatch(/no approval/);
    expect(stepRollout(approved, { is: "pause" }, plan, 0).problem).toMatch(/not been started/);
  });
});

/** Targets that take each action once or not at all, a hub that stops between any two steps, and people who press everything. */
class World {
  readonly random: () => number;
  readonly plan: RolloutPlan;
  run: RolloutRun;
  now = 0;
  mayAsk = true;
  isCalm = false;
  /** What was asked for by key, as the bus keeps it: the same key asks for nothing again. */
  readonly asked = new Map<string, Readonly<Record<string, string>>>();
  readonly effects = new Map<string, number>();
  readonly outcomes = new Map<string, Outcome>();
  readonly wasRunning = new Map<string, boolean>();
  readonly problems: string[] = [];

  constructor(seed: number) {
    this.random = seededRandom(seed);
    const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(this.random() * choices.length)]!;
    this.plan = planOf(1 + Math.floor(this.random() * 9), {
      batch: { is: "count", count: pick(1, 2, 3) },
      canary: pick(0, 1, 2),
      pauseMs: pick(0, 30),
      failuresMax: pick(0, 1, 2),
      onFailure: pick(...FAILURE_POLICIES),
      action: pick<RolloutAction>("service.restart", "service.stop", "service.start"),
      needsApproval: pick(true, false),
    });
    this.run = newRolloutRun(this.plan);
    for (const { id } of this.run.targets) this.wasRunning.set(id, this.random() < 0.5);
  }

  lucky(probability: number): boolean {
    return this.random() < probability;
  }

  take(event: RolloutEvent): void {
    const next = stepRollout(this.run, event, this.plan, this.now).run;
    // Stopped before it was durable: nothing of it happened.
    if (!this.isCalm && this.lucky(0.1)) return;
    this.run = next;
    this.check(event);
  }

  check(event: RolloutEvent): void {
    const { targets, state } = this.run;
    const atWork = targets.filter(({ stage }) => stage === "asked" || stage === "acted").length;
    if (state.is !== "ended" && atWork > this.plan.batchSize) this.problems.push(`${atWork} at work after ${event.is}`);
    if (targets.filter(({ stage }) => stage === "undoing").length > this.plan.batchSize) this.problems.push("undoing");
  }

  ask(key: string, ids: readonly string[]): Readonly<Record<string, string>> {
    const known = this.asked.get(key);
    if (known !== undefined) return known;
    const { plan, run } = this;
    if (!key.startsWith("undo")) {
      const bad = run.targets.filter(({ stage }) => stage === "failed");
      if (plan.onFailure !== "go-on" && bad.length > plan.failuresMax) this.problems.push("began after the limit");
      if (bad.some(({ wave: at }) => plan.waves[at]!.isCanary)) this.problems.push("began after the canary");
      if (run.state.is !== "running") this.problems.push(`began while ${run.state.is}`);
    } else
      for (const id of ids)
        if (this.wasRunning.get(id) !== (plan.action === "service.stop"))
          this.problems.push("undid what it had not done");
    const cmds = Object.fromEntries(ids.filter(() => this.lucky(0.95)).map((id) => [id, `${key}/${id}`]));
    for (const id of Object.keys(cmds)) {
      const name = `${key.startsWith("undo") ? "undo" : "do"} ${id}`;
      this.effects.set(name, (this.effects.get(name) ?? 0) + 1);
    }
    this.asked.set(key, cmds);
    return cmds;
  }

  duty(): boolean {
    const duty = rolloutDuty(this.run, this.plan, this.now);
    if (duty === undefined) return false;
    if (duty.is === "begin") {
      const seenNow = Object.fromEntries(
        this.run.targets.map(({ id }) => [id, { ...RUNNING, isRunning: this.wasRunning.get(id)! }]),
      );
      this.take(this.mayAsk ? { is: "begin", before: seenNow } : { is: "refused", why: "demoted" });
      return true;
    }
    const key = `${duty.is === "undo" ? "undo" : "do"}-${duty.wave}`;
    const ids = duty.targets.map(({ id }) => id);
    if (duty.is === "recall") {
      const cmds = this.asked.get(key);
      this.take(cmds === undefined ? { is: "not-asked" } : { is: "asked", cmds });
    } else if (!this.asked.has(key) && !this.mayAsk) this.take({ is: "refused", why: "demoted" });
    else {
      const cmds = this.ask(key, ids);
      // Stopped after it was asked for and before that was written down.
      if (this.isCalm || !this.lucky(0.2)) this.take({ is: "asked", cmds });
    }
    return true;
  }

  hear(): void {
    for (const { stage, cmd, undoCmd, id } of this.run.targets) {
      const awaited = stage === "asked" ? cmd : stage === "undoing" ? undoCmd : null;
      if (awaited !== null && (this.isCalm || this.lucky(0.5))) {
        if (!this.outcomes.has(awaited)) this.outcomes.set(awaited, this.lucky(0.8) ? GOOD : BAD);
        this.take({ is: "outcome", cmd: awaited, outcome: this.outcomes.get(awaited)! });
      }
      if (stage === "acted" && (this.isCalm || this.lucky(0.5))) this.take(seen(id, this.isCalm || this.lucky(0.9)));
    }
  }

  step(): void {
    this.now += Math.floor(this.random() * 20);
    const choice = this.random();
    if (choice < 0.4) this.duty();
    else if (choice < 0.75) this.hear();
    else if (choice < 0.85) this.take({ is: "time" });
    else if (choice < 0.88) this.take({ is: "start" });
    else if (choice < 0.9) this.take({ is: "approve" });
    else if (choice < 0.94) this.take({ is: "pause" });
    else if (choice < 0.985) this.take({ is: "resume" });
    else if (choice < 0.99) this.take({ is: "abort", by: "anna", isTakenBack: this.lucky(0.5) });
    else if (choice < 0.995) this.mayAsk = false;
  }

  calm(): void {
    this.isCalm = true;
    this.take({ is: "approve" });
    this.take({ is: "start" });
    for (let turn = 0; turn < 400 && isRolloutOpen(this.run.state); turn++) {
      this.now += 20;
      this.take({ is: "resume" });
      this.duty();
      this.hear();
      this.take({ is: "time" });
    }
  }
}

test("[RO10] [R10] random worlds: each target once, never more than a batch, nothing new after the limit, and an end for all", () => {
  const outcomes = new Map<string, number>();
  for (let seed = 1; seed <= 6_000; seed++) {
    const world = new World(seed);
    for (let steps = 0; steps < 120; steps++) world.step();
    world.calm();
    const state = world.run.state as Extract<RolloutState, { is: "ended" }>;
    const why = `seed ${seed}: ${JSON.stringify({ state, problems: world.problems })}`;
    expect(world.problems, why).toEqual([]);
    expect(state.is, why).toBe("ended");
    for (const [name, count] of world.effects) expect(count, `${why} ${name}`).toBe(1);
    // What was asked for is known to have been.
    for (const [name] of world.effects) {
      const target = world.run.targets.find(({ id }) => name.endsWith(id))!;
      expect(name.startsWith("undo") ? target.undoCmd : target.cmd, `${why} ${name}`).not.toBeNull();
    }
    if (state.outcome === "succeeded")
      expect(
        world.run.targets.every(({ stage }) => stage === "good"),
        why,
      ).toBe(true);
    outcomes.set(state.outcome, (outcomes.get(state.outcome) ?? 0) + 1);
  }
  expect([...outcomes.keys()].toSorted()).toEqual([
    "aborted",
    "failed",
    "partial",
    "refused",
    "rolled-back",
    "succeeded",
  ]);
});
