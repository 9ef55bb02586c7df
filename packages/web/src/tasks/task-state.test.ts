import { taskStanding } from "@muster/core";
import { expect, test } from "vitest";
import { fieldOf } from "../fleet/filter.ts";
import { compareTasks } from "./order.ts";
import { parseTaskFilter } from "./parse-task-filter.ts";
import { countTasks, failedToday, isLate } from "./task-state.ts";
import { shortActor, taskActor } from "./task-actor.ts";
import { testRun, testTask } from "./test-task.ts";

const NOW = new Date(2026, 10, 27, 12).getTime();
const HOUR = 3_600_000;
const failed = testRun({ id: "f", outcome: "timed-out", slot: NOW - 2 * HOUR });
const TASKS = [
  testTask({
    name: "Nightly",
    nextAt: NOW + 5 * HOUR,
    lastRun: testRun({ id: "s", slot: NOW - HOUR }),
    zone: "Europe/Berlin",
  }),
  testTask({
    name: "Rotate",
    nextAt: NOW + 2 * HOUR,
    lastRun: failed,
    owner: "pavel",
    work: { is: "action", action: "exec.run", args: { command: "rotate-logs" }, targets: { tag: "prod" } },
  }),
  testTask({ name: "Yesterday", nextAt: NOW + HOUR, lastRun: { ...failed, slot: NOW - 24 * HOUR } }),
  testTask({ name: "Held", suspended: "pavel may not do this any more", nextAt: null }),
  testTask({ name: "Going", runningCount: 1, work: { is: "backup", keep: 7 } }),
  testTask({ name: "Off", isEnabled: false, suspended: "so", lastRun: failed }),
  testTask({ name: "Done", nextAt: null, schedule: { is: "once", at: 1 } }),
];

test("how each task stands", () => {
  expect(TASKS.map(taskStanding)).toEqual(["planned", "planned", "planned", "suspended", "running", "off", "over"]);
  expect(countTasks(TASKS)).toEqual({ total: 7, suspended: 1, failed: 3, running: 1, planned: 3, off: 1 });
  expect(failedToday(TASKS, NOW)).toBe(2);
});

test("late is what the task calls late", () => {
  const run = testRun({ id: "a", lateMs: 61_000 });
  expect(isLate(run, { tell: { failure: true, lateAfterMs: 60_000 } })).toBe(true);
  expect(isLate(run, { tell: { failure: true, lateAfterMs: null } })).toBe(false);
});

test("what needs somebody stands first, then what is due next; what is off comes last", () => {
  expect(TASKS.toSorted(compareTasks(undefined)).map(({ name }) => name)).toEqual([
    ...["Held", "Yesterday", "Rotate", "Going", "Nightly", "Done", "Off"],
  ]);
  const byNext = TASKS.toSorted(compareTasks({ key: "next", descending: true })).map(({ name }) => name);
  expect(byNext.slice(0, 3)).toEqual(["Nightly", "Rotate", "Yesterday"]);
});

test.each([
  ["", TASKS.map(({ name }) => name)],
  ["night", ["Nightly"]],
  ["failed", ["Rotate", "Yesterday", "Off"]],
  ["failed today -off", ["Rotate"]],
  ["does:exec.run", ["Rotate"]],
  ["does:service*", ["Nightly", "Yesterday", "Held", "Off", "Done"]],
  ["does:backup", ["Going"]],
  ["owner:pavel", ["Rotate"]],
  ["zone:europe*", ["Nightly"]],
  ["rotate-logs", ["Rotate"]],
  ["last:succeeded", ["Nightly"]],
  ["over", ["Done"]],
])("[UI8] %j finds %j", (text, names) => {
  const { matches } = parseTaskFilter(text);
  expect(TASKS.filter((task) => matches(task, NOW)).map(({ name }) => name)).toEqual(names);
});

test("[UI8] a field without a value is told, and a choice is a word of the same filter", () => {
  expect(parseTaskFilter("owner:").wrong).toEqual(["owner:"]);
  expect(fieldOf("night does:backup", "does")).toBe("backup");
});

test("an actor is a task only where the door is the tasks' own", () => {
  const actor = 'olga (task "Say "hi" (x)" 0198-aa)';
  expect(taskActor({ actor, door: "task" })).toEqual({ owner: "olga", task: 'Say "hi" (x)', taskId: "0198-aa" });
  expect(taskActor({ actor, door: "http" })).toBeUndefined();
  expect(taskActor({ actor: 'olga (token "x (task "y" 1)" 2)', door: "task" })).toBeUndefined();
  expect(taskActor({ actor: "olga", door: "task" })).toBeUndefined();
  expect(shortActor('olga (token "ci" 0198-aa)')).toBe('olga (token "ci")');
});
