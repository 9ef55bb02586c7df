import { describe, expect, test } from "vitest";
import { DEFAULT_RESTART } from "../definition.ts";
import type { RestartPolicy } from "../definition.ts";
import type { Exit } from "../service.ts";
import { pauseMs } from "./restart.ts";
import { reactTo } from "./table.ts";
import { newUnit } from "./unit.ts";
import type { SupervisedUnit, UnitEffect, UnitEvent, UnitRules } from "./unit.ts";

const child = { pid: 7, startTicks: 70 };
const exit = (code: number | null, signal: string | null = null): Exit => ({ code, signal, detail: "" });
const died = (code: number | null, left: "none" | "some" = "none"): UnitEvent => ({
  is: "exited",
  exit: exit(code),
  left,
});
const rulesOf = (restart: Partial<RestartPolicy> = {}, ready: UnitRules["ready"] = { by: "started" }): UnitRules => ({
  restart: { ...DEFAULT_RESTART, jitter: 0, ...restart },
  stop: { signal: "TERM", graceMs: 10_000, keys: "" },
  ready,
});

/** Plays events one after another and gives the last unit with all effects of the last event. */
function play(
  rules: UnitRules,
  events: readonly UnitEvent[],
  from: SupervisedUnit = newUnit("unasked"),
  nowMs = 1_000,
) {
  let unit = from;
  let effects: readonly UnitEffect[] = [];
  for (const event of events) ({ unit, effects } = reactTo(unit, event, rules, { nowMs, random: 0 }));
  return { unit, effects, is: unit.standing.is, kinds: effects.map((effect) => effect.is) };
}
const asked = (is: "start-asked" | "stop-asked" | "restart-asked" | "reset-asked"): UnitEvent => ({
  is,
  cause: "anna",
});
const UP: readonly UnitEvent[] = [asked("start-asked"), { is: "dependencies-ready" }, { is: "spawned", child }];

describe("a supervised service", () => {
  test("[SV2] starts its program only when its dependencies are ready", () => {
    const rules = rulesOf();
    expect(play(rules, UP.slice(0, 1)).kinds).toContain("await-dependencies");
    expect(play(rules, UP.slice(0, 2)).kinds).toEqual(["spawn"]);
    expect(play(rules, UP)).toMatchObject({ is: "running", unit: { child, wanted: "running" } });
    const failed = play(rules, [asked("start-asked"), { is: "dependencies-failed", cause: "db failed" }]);
    expect(failed.is).toBe("failed");
  });

  test("[SV3] is stopped by its own signal, and by SIGKILL when the grace is over", () => {
    const stopping = play(rulesOf(), [...UP, asked("stop-asked")]);
    expect(stopping.effects).toContainEqual({ is: "signal", signal: "TERM" });
    expect(stopping.effects).toContainEqual({ is: "timer", rings: "grace-over", delayMs: 10_000 });
    const killed = play(rulesOf(), [{ is: "grace-over" }], stopping.unit);
    expect(killed.kinds).toContain("kill");
    expect(play(rulesOf(), [died(null)], killed.unit).is).toBe("stopped");
  });

  test.each([
    ["never", 0, "stopped"],
    ["never", 1, "failed"],
    ["on-failure", 0, "stopped"],
    ["on-failure", 75, "stopped"],
    ["on-failure", 1, "starting"],
    ["on-failure", null, "starting"],
    ["on-unhealthy", 1, "starting"],
    ["on-unhealthy", 0, "stopped"],
    ["always", 0, "starting"],
    ["always", 75, "starting"],
  ] as const)("[SV4] with restart %s that ends with %s is then %s", (when, code, state) => {
    expect(play(rulesOf({ when, successCodes: [75] }), [...UP, died(code)]).is).toBe(state);
  });

  test("[SV5] pauses grow by the factor up to the cap, and begin anew after it was stable", () => {
    const rules = rulesOf({ delayMs: 500, factor: 2, delayMsMax: 3_000 });
    let { unit } = play(rules, UP);
    const pauses: number[] = [];
    for (let round = 0; round < 5; round++) {
      const ended = play(rules, [died(1)], unit);
      for (const effect of ended.effects) if (effect.is === "timer") pauses.push(effect.delayMs);
      ({ unit } = play(
        rules,
        [{ is: "retry-due" }, { is: "dependencies-ready" }, { is: "spawned", child }],
        ended.unit,
      ));
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
    const after = play(rules, [{ is: "stable" }, died(1)], unit);
    expect(after.effects).toContainEqual({ is: "timer", rings: "retry-due", delayMs: 500 });
  });

  test("[SV5] a pause of 0 is one immediate restart; a second in a row waits", () => {
    const { restart } = rulesOf({ delayMs: 0 });
    expect([0, 1, 2, 3, 20].map((streak) => pauseMs(restart, streak, 0))).toEqual([0, 1_000, 2_000, 4_000, 60_000]);
    expect(pauseMs({ ...restart, jitter: 0.5 }, 20, 0.999)).toBeGreaterThanOrEqual(30_000);
  });

  test("[SV6] what the leader left behind is ended before the policy starts another", () => {
    const left = play(rulesOf(), [...UP, died(1, "some")]);
    expect(left.is).toBe("stopping");
    expect(left.kinds).toContain("signal");
    expect(play(rulesOf(), [{ is: "group-gone" }], left.unit).is).toBe("starting");
  });

  test("[SV7] an exit that arrives while a start is wanted again starts it, without a pause or a restart used", () => {
    const again = play(rulesOf(), [...UP, asked("stop-asked"), asked("start-asked"), died(null)]);
    expect(again).toMatchObject({ is: "starting", unit: { restarts: 0, restartedAtMs: [], wanted: "running" } });
    const taken = play(rulesOf(), [...UP, asked("stop-asked"), asked("start-asked"), asked("stop-asked"), died(null)]);
    expect(taken.is).toBe("stopped");
  });

  test("[SV8] a time-out in starting ends the child and counts as a failure", () => {
    const rules = rulesOf({ delayMs: 100 }, { by: "checks", timeoutMs: 5_000 });
    const readying = play(rules, UP);
    expect(readying.effects).toContainEqual({ is: "timer", rings: "not-ready", delayMs: 5_000 });
    const late = play(rules, [{ is: "not-ready", cause: "not ready in 5 s" }], readying.unit);
    expect(late.is).toBe("stopping");
    expect(play(rules, [died(0)], late.unit)).toMatchObject({ is: "backing-off", unit: { restarts: 1 } });
  });

  test("[SV9] nothing is started in the place of a child that outlives SIGKILL", () => {
    const stuck = play(rulesOf(), [...UP, asked("restart-asked"), { is: "grace-over" }, { is: "grace-over" }]);
    expect(stuck.unit.standing).toMatchObject({ is: "stopping", step: "stuck" });
    const more = play(rulesOf(), [asked("start-asked"), { is: "grace-over" }], stuck.unit);
    expect(more.kinds).toEqual(["kill", "timer"]);
    expect(play(rulesOf(), [died(null)], more.unit).is).toBe("starting");
  });

  test("[SV10] a stop asked during back-off cancels the restart", () => {
    const stopped = play(rulesOf({ delayMs: 100 }), [...UP, died(1), asked("stop-asked")]);
    expect(stopped.is).toBe("stopped");
    expect(stopped.kinds).toContain("no-timer");
    expect(play(rulesOf(), [{ is: "retry-due" }], stopped.unit).is).toBe("stopped");
  });

  test("[SV11] restarted too often it is failed until it is reset or started", () => {
    const rules = rulesOf({ restartsMax: 2, delayMs: 0 });
    let { unit } = play(rules, [...UP, died(1), ...UP.slice(1), died(1), { is: "retry-due" }, ...UP.slice(1)]);
    const failed = play(rules, [died(1)], unit);
    expect(failed.is).toBe("failed");
    expect(failed.effects).toContainEqual(expect.objectContaining({ is: "note", event: "gave-up" }));
    ({ unit } = play(rules, [asked("stop-asked"), { is: "retry-due" }], failed.unit));
    expect(unit.standing.is).toBe("failed");
    expect(play(rules, [asked("reset-asked")], unit)).toMatchObject({ is: "stopped", unit: { restarts: 0 } });
    expect(play(rules, [asked("start-asked"), ...UP.slice(1), died(1)], failed.unit).is).toBe("starting");
  });

  test("[SV27] what its definition does not let start is failed without a restart used, and starts when that is mended", () => {
    const rules = rulesOf({ delayMs: 0 });
    const incomplete: UnitEvent = { is: "incomplete", cause: "no value" };
    const complete: UnitEvent = { is: "complete", cause: "a value" };
    for (const known of [1, 2]) {
      const failed = play(rules, [...UP.slice(0, known), incomplete]);
      expect(failed).toMatchObject({ is: "failed", unit: { restarts: 0, restartedAtMs: [] } });
      expect(play(rules, [{ is: "retry-due" }, { is: "stable" }, incomplete], failed.unit).unit).toEqual(failed.unit);
      expect(play(rules, [complete], failed.unit)).toMatchObject({ is: "starting", unit: { restarts: 0 } });
      expect(play(rules, [asked("stop-asked"), complete], failed.unit).is).toBe("failed");
      expect(play(rules, [asked("reset-asked"), complete], failed.unit).is).toBe("stopped");
    }
    const gaveUp = play(rulesOf({ when: "never" }), [...UP, died(1)]);
    expect(play(rules, [incomplete, complete], gaveUp.unit).is).toBe("failed");
    const stopped = play(rules, [...UP.slice(0, 2), asked("stop-asked"), incomplete]);
    expect(stopped.is).toBe("stopped");
    const again = play(rules, [...UP.slice(0, 2), asked("stop-asked"), asked("start-asked"), incomplete, complete]);
    expect(again.is).toBe("starting");
  });

  test("[SV11] restarts outside of the window are no longer counted", () => {
    const rules = rulesOf({ restartsMax: 1, windowMs: 60_000 });
    const once = play(rules, [...UP, died(1), ...UP.slice(1)]);
    expect(play(rules, [died(1)], once.unit, 1_000 + 59_999).is).toBe("failed");
    expect(play(rules, [died(1)], once.unit, 1_000 + 60_001).is).toBe("backing-off");
  });

  test("[SV13] unhealthy is acted on by on-unhealthy only, and left alone when its restarts are used up", () => {
    const sick: UnitEvent = { is: "became-unhealthy", cause: "http 500" };
    expect(play(rulesOf({ when: "always" }), [...UP, sick]).is).toBe("running");
    const rules = rulesOf({ when: "on-unhealthy", restartsMax: 1 });
    const again = play(rules, [...UP, sick, died(0), ...UP.slice(1)]);
    expect(again).toMatchObject({ is: "running", unit: { restarts: 1 } });
    expect(play(rules, [sick], again.unit)).toMatchObject({ is: "running", kinds: ["note"] });
  });

  test("[SV14] an adopted child that nobody wants any more is stopped", () => {
    const adopted: UnitEvent = { is: "adopted", child, readiness: "ready" };
    expect(play(rulesOf(), [adopted], newUnit("stopped")).is).toBe("stopping");
    expect(play(rulesOf(), [adopted], newUnit("running"))).toMatchObject({ is: "running", unit: { child } });
  });

  test("[SV15] a removed service is stopped first and then forgotten", () => {
    const gone: UnitEvent = { is: "removed", cause: "undefined by anna" };
    const stopping = play(rulesOf(), [...UP, gone]);
    expect(stopping.is).toBe("stopping");
    expect(play(rulesOf(), [asked("start-asked"), died(null)], stopping.unit).kinds).toContain("forget");
    expect(play(rulesOf(), [gone]).kinds).toContain("forget");
  });

  test("[SV7] a stop while the program is being started catches the child that is born", () => {
    const unborn = play(rulesOf(), [...UP.slice(0, 2), asked("stop-asked")]);
    expect(unborn.unit.standing).toMatchObject({ is: "stopping", step: "unborn" });
    expect(play(rulesOf(), [{ is: "spawned", child }], unborn.unit).kinds).toContain("signal");
    expect(play(rulesOf(), [asked("start-asked"), { is: "spawned", child }], unborn.unit).is).toBe("running");
  });
});
