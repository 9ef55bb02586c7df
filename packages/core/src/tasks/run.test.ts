import fc from "fast-check";
import { expect, test } from "vitest";
import { outcomeOfWork, stepTaskRun, TASK_RUN_OUTCOMES } from "./run.ts";
import type { TaskRunEvent, TaskRunState } from "./run.ts";

const POLICY = { timeoutMs: 60_000, retries: { most: 2, delayMs: 1_000 } };
const waiting: TaskRunState = { is: "waiting", attempt: 1, notBefore: 1_000 };
const running: TaskRunState = { is: "running", attempt: 1, until: 61_000 };

test("[TK10] it begins at its time and not before", () => {
  expect(stepTaskRun(waiting, { is: "begin" }, POLICY, 999)).toEqual({ state: waiting, effect: undefined });
  expect(stepTaskRun(waiting, { is: "begin" }, POLICY, 1_000)).toEqual({
    state: running,
    effect: { is: "start", attempt: 1 },
  });
});

test("[TK11] what failed is tried again after pauses that double; what is unknown or was refused is not", () => {
  const failed = { is: "result", attempt: 1, outcome: "failed", detail: "no" } as const;
  expect(stepTaskRun(running, failed, POLICY, 5_000)).toEqual({
    state: { is: "waiting", attempt: 2, notBefore: 6_000 },
    effect: { is: "retry", outcome: "failed", detail: "no" },
  });
  const second: TaskRunState = { is: "running", attempt: 2, until: 99_000 };
  expect(stepTaskRun(second, { ...failed, attempt: 2 }, POLICY, 10_000).state).toEqual({
    ...{ is: "waiting", attempt: 3, notBefore: 12_000 },
  });
  const third: TaskRunState = { is: "running", attempt: 3, until: 99_000 };
  expect(stepTaskRun(third, { ...failed, attempt: 3 }, POLICY, 10_000)).toEqual({
    state: { is: "ended", outcome: "failed" },
    effect: { is: "end", outcome: "failed", detail: "no" },
  });
  for (const outcome of ["unknown", "refused", "succeeded"] as const)
    expect(stepTaskRun(running, { ...failed, outcome }, POLICY, 5_000).state).toEqual({ is: "ended", outcome });
});

test("[TK12] what takes too long ends, and what it asked for is taken back as far as it has not begun", () => {
  const policy = { ...POLICY, retries: { most: 0, delayMs: 1_000 } };
  expect(stepTaskRun(running, { is: "time" }, policy, 60_999).state).toBe(running);
  expect(stepTaskRun(running, { is: "time" }, policy, 61_000)).toEqual({
    state: { is: "ended", outcome: "timed-out" },
    effect: { is: "withdraw", outcome: "timed-out", detail: "not over after 60 s" },
  });
  expect(stepTaskRun(running, { is: "time" }, POLICY, 61_000).effect?.is).toBe("retry");
});

test("[TK13] a word about an earlier attempt changes nothing", () => {
  const second: TaskRunState = { is: "running", attempt: 2, until: 99_000 };
  const late = { is: "result", attempt: 1, outcome: "succeeded", detail: "" } as const;
  expect(stepTaskRun(second, late, POLICY, 5_000)).toEqual({ state: second, effect: undefined });
});

test("[TK16] in any world: what has ended stays so, attempts never grow past the retries, each start is one attempt", () => {
  const anEvent: fc.Arbitrary<TaskRunEvent> = fc.oneof(
    fc.constant({ is: "begin" } as const),
    fc.constant({ is: "time" } as const),
    fc.constant({ is: "lost" } as const),
    fc.record({ is: fc.constant("cancel" as const), why: fc.string() }),
    fc.record({
      is: fc.constant("result" as const),
      attempt: fc.integer({ min: 1, max: 5 }),
      outcome: fc.constantFrom(...TASK_RUN_OUTCOMES),
      detail: fc.string(),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(anEvent, fc.nat(90_000)), { maxLength: 60 }), (events) => {
      let [state, now]: [TaskRunState, number] = [waiting, 0];
      const started: number[] = [];
      let ends = 0;
      for (const [event, laterMs] of events) {
        now += laterMs;
        const step = stepTaskRun(state, event, POLICY, now);
        if (state.is === "ended") expect(step).toEqual({ state, effect: undefined });
        if (step.effect?.is === "start") started.push(step.effect.attempt);
        if (step.state.is === "ended" && state.is !== "ended") ends++;
        expect(step.effect === undefined || step.effect.is === "start" || step.effect.is === "retry").toBe(
          step.state.is !== "ended" || state.is === "ended",
        );
        state = step.state;
      }
      expect(started).toEqual(started.map((_, place) => place + 1));
      expect(started.length).toBeLessThanOrEqual(POLICY.retries.most + 1);
      expect(ends).toBe(state.is === "ended" ? 1 : 0);
    }),
  );
});

test("several effects come to the worst of them, counted", () => {
  expect(outcomeOfWork([{ is: "succeeded", what: "a", detail: "done" }])).toEqual({
    outcome: "succeeded",
    detail: "done",
  });
  const two = [
    { is: "succeeded", what: "a", detail: "" },
    { is: "failed", what: "b", detail: "no such unit" },
    { is: "refused", what: "c", detail: "" },
  ] as const;
  expect(outcomeOfWork(two)).toEqual({ outcome: "failed", detail: "1 of 3 succeeded; b: no such unit" });
  expect(outcomeOfWork([...two, { is: "unknown", what: "d", detail: "away" }]).outcome).toBe("unknown");
});
