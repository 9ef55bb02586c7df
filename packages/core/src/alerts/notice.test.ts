import { describe, expect, test } from "vitest";
import type { Incident, Member } from "./incident.ts";
import { noticeBody, noticeHead, noticeOf, testNotice } from "./notice.ts";
import type { Notice } from "./notice.ts";

const AT = Date.UTC(2026, 10, 26, 12);
const member = (number: number, clearedAt: number | null = null): Member => ({
  ...{ key: `k${number}`, subject: { kind: "server", serverId: `s${number}` } as unknown as Member["subject"] },
  ...{ title: `CPU of s${number} is 99 %`, severity: "warning", value: 0.99, since: AT, clearedAt },
});
const incident = (members: readonly Member[], more: Partial<Incident> = {}): Incident => ({
  ...{
    id: "i1",
    ruleId: "r1",
    ruleName: "CPU is busy",
    state: "open",
    severity: "warning",
    openedAt: AT,
    resolvedAt: null,
  },
  ...{ reopened: 0, acknowledged: null, snoozedUntil: null, members, ...more },
});
const told = (of: Incident, kind: Notice["kind"] = "opened"): Notice =>
  noticeOf(of, { key: "n1", kind, at: AT, url: undefined });

describe("notices", () => {
  test("one thing that is wrong needs no lines, several are named, many are counted", () => {
    expect(told(incident([member(1)])).lines).toEqual([]);
    expect(told(incident([member(1), member(2)])).lines).toEqual(["CPU of s1 is 99 %", "CPU of s2 is 99 %"]);
    const many = told(incident(Array.from({ length: 25 }, (_, number) => member(number))));
    expect([many.lines.length, many.lines.at(-1), many.wrongCount]).toEqual([11, "and 15 more", 25]);
  });

  test("what is over is not counted, and where all is over it is what was wrong", () => {
    const half = told(incident([member(1, AT), member(2), member(3)]));
    expect([half.wrongCount, half.lines]).toEqual([2, ["CPU of s2 is 99 %", "CPU of s3 is 99 %"]]);
    const over = told(incident([member(1, AT), member(2, AT)], { state: "resolved", resolvedAt: AT }), "resolved");
    expect([over.wrongCount, over.lines.length]).toEqual([0, 2]);
  });

  test.each([
    ["opened", "WARNING x"],
    ["reopened", "WARNING Again: x"],
    ["escalated", "WARNING Worse: x"],
    ["grown", "WARNING More: x"],
    ["reminder", "WARNING Still: x"],
    ["acknowledged", "WARNING Acknowledged: x"],
    ["resolved", "Resolved: x"],
    ["test", "Test: x"],
  ] as const)("the head of %s is one line", (kind, head) => {
    expect(noticeHead({ ...told(incident([member(1)]), kind), title: "x" })).toBe(head);
  });

  test("the body says the rule where the title does not, since when, until when and who has it", () => {
    const open = { ...told(incident([member(1)])), title: "s1: CPU" };
    expect(noticeBody(open)).toEqual(["Rule: CPU is busy", "Since: 2026-11-26 12:00:00 UTC"]);
    expect(noticeBody({ ...open, title: "CPU is busy: s1" })).toEqual(["Since: 2026-11-26 12:00:00 UTC"]);
    const over = {
      ...open,
      lines: ["a"],
      resolvedAt: AT + 5_400_000,
      acknowledgedBy: "anna",
      kind: "resolved" as const,
    };
    expect(noticeBody(over)).toEqual([
      ...["a", "Rule: CPU is busy", "Since: 2026-11-26 12:00:00 UTC"],
      ...["Until: 2026-11-26 13:30:00 UTC (1 h 30 min)", "Acknowledged by anna"],
    ]);
  });

  test("a test says that it is one and nothing of an incident", () => {
    const trial = testNotice("n1", AT, "https://hub.example");
    expect(noticeHead(trial)).toBe("Test: This is a test from Muster.");
    expect(noticeBody(trial)).toEqual(trial.lines);
    expect(trial.incidentId).toBe("");
  });
});
