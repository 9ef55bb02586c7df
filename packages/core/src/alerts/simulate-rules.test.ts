import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../time.ts";
import { DEFAULT_RULES } from "./default-rules.ts";
import type { Rule, RuleDefinition } from "./rule.ts";
import { simulateRules } from "./simulate-rules.ts";
import type { Look, SimulatedNotice, SimulatedWorld } from "./simulate-rules.ts";
import { NO_SUBJECT } from "./subject.ts";

const STEP_MS = 10 * SECOND_MS;
const WEEK_STEPS = (7 * DAY_MS) / STEP_MS;

/** One series of one server under one rule, told to one who hears everything. */
function worldOf(rule: Partial<RuleDefinition>, looks: readonly Look[], stepMs = STEP_MS): SimulatedWorld {
  const hearing = { severityLeast: "info", delayMs: 0, repeatMs: 0, wantsAcknowledged: false } as const;
  const whole: Rule = { ...DEFAULT_RULES["cpu"]!, ...rule, id: "r" };
  return {
    ...{ startAt: 0, stepMs, steps: looks.length, rules: [whole], acts: [], silences: [] },
    things: [
      {
        ...{ is: "metric", name: "web: CPU", probeKind: "http", looks },
        subject: { ...NO_SUBJECT, serverId: "web", metric: "cpu_busy_ratio" },
      },
    ],
    ...{ tags: new Map(), parents: new Map() },
    hearers: [{ notifierId: "ops", hearing, hours: null, isDefault: true }],
  };
}

const [BAD, BETWEEN, WELL] = [0.97, 0.9, 0.2];
const times = (count: number, look: Look): readonly Look[] => Array.from({ length: count }, () => look);
/** Bad, then quiet, again and again; quiet for an hour and more at the end. */
function wave(badSteps: number, quietSteps: number, steps: number, tailSteps: number): readonly Look[] {
  const period = badSteps + quietSteps;
  const whole = Math.floor(steps / period) * period;
  return [
    ...Array.from({ length: whole }, (_, step) => (step % period < badSteps ? BAD : WELL)),
    ...times(tailSteps, WELL),
  ];
}
const kinds = (notices: readonly SimulatedNotice[]): readonly string[] => notices.map(({ notice }) => notice.kind);

/** xorshift32, so that a failure can be run again by its seed. */
function random(seed: number): (below: number) => number {
  let state = seed || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

describe("over simulated weeks", () => {
  test("[R14] [AL7] [AL12] a wave whose quiet parts are shorter than clear-for is told twice at most, and exactly when it lasts", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const next = random(seed);
      const clearSteps = 2 + next(60);
      const forSteps = next(12);
      const badSteps = 1 + next(40);
      const looks = wave(badSteps, 1 + next(clearSteps - 1), WEEK_STEPS, 20 * clearSteps);
      const rule = { forMs: forSteps * STEP_MS, clearForMs: clearSteps * STEP_MS };
      const { notices, incidents } = simulateRules(worldOf(rule, looks));
      // A streak of n looks lasts n - 1 steps.
      const isTold = badSteps - 1 >= forSteps;
      expect(kinds(notices), `seed ${seed}`).toEqual(isTold ? ["opened", "resolved"] : []);
      expect(incidents.length, `seed ${seed}`).toBe(isTold ? 1 : 0);
    }
  });

  test("[R14] [AL11] [AL12] one with longer quiet parts, begun again in time, is told no more often than the time for which it must be well can be doubled", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const next = random(seed);
      const clearSteps = 6 + next(30);
      // Shorter than the longest hold, and so short that it begins again within half an hour after its end.
      const quietMost = Math.min(16 * clearSteps - 1, (30 * MINUTE_MS) / STEP_MS + clearSteps);
      const quietSteps = clearSteps + next(quietMost - clearSteps);
      const looks = wave(1 + next(40), quietSteps, WEEK_STEPS, 40 * clearSteps);
      const { notices, incidents } = simulateRules(worldOf({ forMs: 0, clearForMs: clearSteps * STEP_MS }, looks));
      const doublings = Math.floor(Math.log2(quietSteps / clearSteps));
      expect(incidents.length, `seed ${seed}`).toBe(1);
      expect(notices.length, `seed ${seed}`).toBeLessThanOrEqual(2 * (doublings + 1) + 2);
      expect(kinds(notices).at(-1), `seed ${seed}`).toBe("resolved");
    }
  });

  test("[AL4] [AL7] [AL15] in any noise no outage that lasts is missed, nothing is told that was not so, and each end is told once", () => {
    for (let seed = 1; seed <= 15; seed++) {
      const next = random(seed);
      const [forSteps, clearSteps] = [next(8), 1 + next(12)];
      const looks: Look[] = [];
      while (looks.length < 12_000) {
        const look = [WELL, WELL, BETWEEN, BAD, BAD, Number.NaN][next(6)]!;
        looks.push(...times(1 + next(next(4) === 0 ? 40 : 4), look));
      }
      looks.push(...times(16 * clearSteps + 2, WELL));
      const rule = { forMs: forSteps * STEP_MS, clearForMs: clearSteps * STEP_MS };
      const { notices } = simulateRules(worldOf(rule, looks));
      const states = new Map(notices.map(({ at, notice }) => [at / STEP_MS, notice.state]));
      const why = `seed ${seed}`;
      let [isTold, badSince] = [false, -1];
      looks.forEach((look, step) => {
        if (look === BAD && badSince < 0) badSince = step;
        else if (look === WELL || look === BETWEEN) badSince = -1;
        const state = states.get(step);
        // Told as it is not told yet.
        if (state !== undefined) expect(state === "open", why).toBe(!isTold);
        isTold = state === undefined ? isTold : state === "open";
        if (state === "open") expect(badSince >= 0 && step - badSince >= forSteps, `${why}, step ${step}`).toBe(true);
        if (look === BAD && step - badSince >= forSteps) expect(isTold, `${why}, step ${step}`).toBe(true);
      });
      expect(isTold, why).toBe(false);
    }
  });

  test("[AL17] a reminder comes as often as it is wanted, and no other notice", () => {
    const world = worldOf({ forMs: 0 }, times((2 * DAY_MS) / MINUTE_MS, BAD), MINUTE_MS);
    const [hearer] = world.hearers;
    const repeating = { ...hearer!, hearing: { ...hearer!.hearing, repeatMs: 6 * HOUR_MS } };
    const { notices } = simulateRules({ ...world, hearers: [repeating] });
    expect(notices.map(({ at, notice }) => `${at / HOUR_MS} ${notice.kind}`)).toEqual([
      "0 opened",
      ...[6, 12, 18, 24, 30, 36, 42].map((hour) => `${hour} reminder`),
    ]);
  });
});
