import { expect, test } from "vitest";
import { testRun, testTask } from "./test-task.ts";
import { applyTasks, mergeRuns, NO_TASKS } from "./tasks-view.ts";

const going = (id: string, attempt = 1) =>
  testRun({ id, state: "running", outcome: null, attempt, slot: 2_000, endedAt: null });

test("[UI1] a look at a run that comes late takes it back to no earlier stage, nor to an earlier attempt", () => {
  const ended = testRun({ id: "a", outcome: "failed" });
  expect(mergeRuns([ended], [going("a")])).toEqual([ended]);
  const second = { ...going("b", 2), state: "waiting" as const };
  expect(mergeRuns([second], [going("b", 1)])).toEqual([second]);
  expect(mergeRuns([second], [going("b", 2)])).toEqual([going("b", 2)]);
});

test("the newest slot stands first", () => {
  const runs = mergeRuns(
    [testRun({ id: "a", slot: 1 })],
    [testRun({ id: "b", slot: 3 }), testRun({ id: "c", slot: 2 })],
  );
  expect(runs.map(({ id }) => id)).toEqual(["b", "c", "a"]);
});

test("nothing is known before the first whole answer, and what goes is forgotten", () => {
  const task = testTask({ name: "a" });
  const part = { whole: false, tasks: [task], removed: [], runs: [] };
  expect(applyTasks(NO_TASKS, part)).toBe(NO_TASKS);
  const known = applyTasks(NO_TASKS, { ...part, whole: true });
  expect([...known.tasks.keys()]).toEqual(["a"]);
  expect(applyTasks(known, { ...part, tasks: [], removed: ["a"] }).tasks.size).toBe(0);
});

test("a run that went on before a lost connection and is not told of any more has ended", () => {
  const whole = { whole: true, tasks: [], removed: [], runs: [going("a"), testRun({ id: "old" })] };
  const known = applyTasks(NO_TASKS, whole);
  const again = applyTasks(known, { ...whole, runs: [] });
  expect(again.runs.map(({ id }) => id)).toEqual(["old"]);
});

test("what has ended is remembered within bounds, what goes on always", () => {
  const many = Array.from({ length: 800 }, (_, index) => testRun({ id: `r${index}`, slot: 10_000 + index }));
  const { runs } = applyTasks(NO_TASKS, { whole: true, tasks: [], removed: [], runs: [going("oldest"), ...many] });
  expect(runs).toHaveLength(501);
  expect(runs.at(-1)?.id).toBe("oldest");
});
