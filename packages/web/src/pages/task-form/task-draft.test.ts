import { TASK_DEFAULTS } from "@muster/core";
import type { TaskDefinition, TaskWork } from "@muster/core";
import { describe, expect, test } from "vitest";
import { draftOfTask, isDangerousWork, newTaskDraft, readTaskDraft, targetsOf, taskInputOf } from "./task-draft.ts";
import type { TaskDraft } from "./task-draft.ts";

const NOW = Date.parse("2026-11-27T00:00Z");
const first = newTaskDraft("Europe/Berlin", NOW);
const filled: TaskDraft = { ...first, name: "Nightly", services: ["a"] };
const task = (parts: Partial<TaskDefinition>): TaskDefinition => ({ ...readTaskDraft(filled).definition, ...parts });
const problemsOf = (parts: Partial<TaskDraft>) => readTaskDraft({ ...filled, ...parts }).problems;

const WORKS: readonly TaskWork[] = [
  { is: "action", action: "service.restart", args: {}, targets: { services: ["a", "b"] } },
  { is: "action", action: "service.stop", args: {}, targets: { servers: ["s"], driver: "systemd", name: "nginx" } },
  {
    is: "action",
    action: "exec.run",
    args: { command: "rotate", days: 7, level: "9", signal: "HUP" },
    targets: { tag: "prod" },
  },
  { is: "action", action: "container.kill", args: { signal: "TERM" }, targets: { kind: "cache" } },
  { is: "probe", probeIds: ["p"] },
  { is: "webhook", notifierId: "n", text: "Good morning" },
  { is: "backup", keep: 3 },
];

describe("a task in the form", () => {
  test.each(WORKS)("$is $action stays what it was when nothing is changed", (work) => {
    const definition = task({
      work,
      missed: "once",
      missedWithinMs: 7_200_000,
      retries: { most: 2, delayMs: 5_000 },
      tell: { failure: false, lateAfterMs: 60_000 },
    });
    expect(readTaskDraft(draftOfTask(definition, NOW))).toEqual({ definition, problems: {} });
  });

  test.each([
    { is: "cron", expression: "*/5 8-18 * * 1-5" },
    { is: "every", everyMs: 90_000, from: 0 },
    { is: "every", everyMs: 86_400_000, from: Date.parse("2026-07-01T01:30Z") },
    { is: "once", at: Date.parse("2026-12-24T17:00Z") },
    { is: "once", at: Date.parse("2026-12-24T17:00:30.500Z") },
    { is: "once", at: Date.parse("2026-10-25T01:30Z") },
  ] as const)("a schedule $is stays what it was", (schedule) => {
    const definition = task({ schedule });
    expect(readTaskDraft(draftOfTask(definition, NOW)).definition.schedule).toEqual(schedule);
  });

  test("begins at night in the zone of whoever adds it, and only lacks a name and a target", () => {
    const { definition, problems } = readTaskDraft(first);
    expect(problems).toEqual({ name: "is needed", "work.targets": "must name something" });
    expect(definition).toMatchObject({ ...TASK_DEFAULTS, zone: "Europe/Berlin" });
    expect(first.at).toBe("2026-11-28T03:00");
  });

  test("times are by the clock of the zone, wherever the browser is", () => {
    const { schedule } = readTaskDraft({
      ...filled,
      when: "once",
      zone: "Asia/Tokyo",
      at: "2026-12-01T09:00",
    }).definition;
    expect(schedule).toEqual({ is: "once", at: Date.parse("2026-12-01T00:00Z") });
  });

  test.each<readonly [Partial<TaskDraft>, string]>([
    [{ zone: "Atlantis" }, "zone"],
    [{ expression: "0 3 * *" }, "schedule.expression"],
    [{ when: "every", every: { amount: "5", unit: "seconds" } }, "schedule.everyMs"],
    [{ when: "once", at: "" }, "schedule.at"],
    [{ timeout: { amount: "x", unit: "minutes" } }, "timeoutMs"],
    [{ retriesMost: "11" }, "retries"],
    [{ does: "probe" }, "work.probeIds"],
    [{ does: "webhook", notifierId: "n" }, "work.text"],
    [{ does: "backup", keep: "0" }, "work.keep"],
    [{ action: "exec.run", servers: ["s"] }, "work.args"],
    [{ tellsLate: true, lateAfter: { amount: "0", unit: "minutes" } }, "tell.lateAfterMs"],
  ])("%j is told at %s and nowhere else", (parts, input) => {
    expect(Object.keys(problemsOf(parts))).toEqual([input]);
  });

  test("targets hold only what the action can be told", () => {
    const draft: TaskDraft = { ...filled, servers: ["s"], tag: " prod ", service: "nginx", driver: "systemd" };
    expect(targetsOf(draft)).toEqual({ services: ["a"] });
    expect(targetsOf({ ...draft, whom: "fitting" })).toEqual({
      ...{ servers: ["s"], tag: "prod", name: "nginx", driver: "systemd" },
    });
    expect(targetsOf({ ...draft, action: "server.reboot" })).toEqual({ servers: ["s"], tag: "prod" });
  });

  test("what the hub finds wrong is told at its input", () => {
    expect(taskInputOf("work.targets.services.0")).toBe("work.targets");
    expect(taskInputOf("work.probeIds.3")).toBe("work.probeIds");
    expect(taskInputOf("schedule.expression")).toBe("schedule.expression");
    expect(taskInputOf("schedule.zone")).toBe("zone");
    expect(taskInputOf("retries.most")).toBe("retries");
    expect(taskInputOf("retries.delayMs")).toBe("retries.delayMs");
  });

  test("what does not come back is dangerous, and so is to interrupt what may be more than one service", () => {
    expect(isDangerousWork(filled)).toBe(false);
    expect(isDangerousWork({ ...filled, action: "server.reboot" })).toBe(true);
    expect(isDangerousWork({ ...filled, action: "server.reboot", does: "probe" })).toBe(false);
    expect(isDangerousWork({ ...filled, services: ["a", "b"] })).toBe(true);
    expect(isDangerousWork({ ...filled, whom: "fitting", service: "nginx" })).toBe(true);
    expect(isDangerousWork({ ...filled, action: "service.start", services: ["a", "b"] })).toBe(false);
  });
});
