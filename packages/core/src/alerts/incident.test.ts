import { expect, test } from "vitest";
import {
  advanceIncident,
  GROUP_MS,
  incidentTitle,
  openIncident,
  REOPEN_MS,
  takesIn,
  wrongMembers,
} from "./incident.ts";
import type { Incident, IncidentEvent, Member } from "./incident.ts";
import { severityRank } from "./severity.ts";
import { NO_SUBJECT, subjectKey } from "./subject.ts";

const member = (name: string, severity: Member["severity"] = "warning", since = 0): Member => {
  const subject = { ...NO_SUBJECT, serverId: name };
  return { key: subjectKey(subject), subject, title: `${name} is ill`, severity, value: null, since, clearedAt: null };
};
const key = (name: string): string => member(name).key;
const RULE = { id: "rule", name: "Ill" };
const opened = (...names: string[]): Incident =>
  openIncident(
    "incident",
    RULE,
    names.map((name) => member(name)),
    0,
  ).incident;
const after = (incident: Incident, ...events: readonly (readonly [number, IncidentEvent])[]): Incident =>
  events.reduce((one, [at, event]) => advanceIncident(one, event, at).incident, incident);

test("[AL9] [AL10] others join within a minute, not later, and it ends with the last of them", () => {
  const incident = opened("a");
  expect(takesIn(incident, key("b"), GROUP_MS)).toBe(true);
  expect(takesIn(incident, key("b"), GROUP_MS + 1)).toBe(false);
  expect(takesIn(incident, key("a"), GROUP_MS * 100)).toBe(true);
  const two = after(incident, [5, { is: "fired", members: [member("b", "critical", 5)] }]);
  expect([two.severity, incidentTitle(two)]).toEqual(["critical", "Ill: 2 at once, first a is ill"]);
  const one = after(two, [9, { is: "cleared", keys: [key("b")], why: "" }]);
  expect([one.state, incidentTitle(one), wrongMembers(one).length]).toEqual(["open", "a is ill", 1]);
  const none = after(one, [20, { is: "cleared", keys: [key("a")], why: "" }]);
  expect([none.state, none.resolvedAt, none.severity]).toEqual(["resolved", 20, "critical"]);
});

test("[AL11] [AL14] it opens again with what was in it, and nobody takes care of it then", () => {
  const ended = after(
    opened("a"),
    [1, { is: "acknowledged", by: "anna" }],
    [2, { is: "cleared", keys: [key("a")], why: "" }],
  );
  expect(ended.acknowledged).toEqual({ by: "anna", at: 1 });
  expect(takesIn(ended, key("a"), 2 + REOPEN_MS)).toBe(true);
  expect(takesIn(ended, key("a"), 3 + REOPEN_MS)).toBe(false);
  expect(takesIn(ended, key("b"), 3)).toBe(false);
  const again = after(ended, [9, { is: "fired", members: [member("a", "error", 9)] }]);
  expect(again).toMatchObject({ state: "open", reopened: 1, acknowledged: null, resolvedAt: null, severity: "error" });
});

test("[AL14] worse takes an acknowledgement and a snooze away, the same again does not", () => {
  const held = after(
    opened("a"),
    [1, { is: "acknowledged", by: "anna" }],
    [2, { is: "snoozed", by: "anna", until: 99 }],
  );
  const same = after(held, [3, { is: "fired", members: [member("a", "warning", 3)] }]);
  expect([same.acknowledged?.by, same.snoozedUntil, same.members[0]?.since]).toEqual(["anna", 99, 0]);
  const worse = after(held, [3, { is: "fired", members: [member("a", "error", 3)] }]);
  expect([worse.acknowledged, worse.snoozedUntil, worse.severity]).toEqual([null, null, "error"]);
});

test.each<[string, IncidentEvent]>([
  ["acknowledged", { is: "acknowledged", by: "anna" }],
  ["snoozed", { is: "snoozed", by: "anna", until: 9 }],
  ["taken back", { is: "unacknowledged", by: "anna" }],
  ["ended once more", { is: "cleared", keys: [key("a")], why: "" }],
])("[AL14] what is resolved cannot be %s", (_name, event) => {
  const ended = after(opened("a"), [2, { is: "cleared", keys: [key("a")], why: "" }]);
  expect(advanceIncident(ended, event, 3)).toEqual({ incident: ended, entries: [] });
});

test("[AL9] [AL14] in any order of events: open means that something is wrong, and it is as bad as the worst of that", () => {
  for (let seed = 1; seed <= 500; seed++) {
    let state = seed;
    const next = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    let incident = opened("a", "b");
    for (let at = 1; at < 60; at++) {
      const name = "abcd"[next(4)]!;
      const severity = (["warning", "error", "critical"] as const)[next(3)]!;
      const events: readonly IncidentEvent[] = [
        { is: "fired", members: [member(name, severity, at)] },
        { is: "cleared", keys: [key(name)], why: "" },
        { is: "cleared", keys: [key("a"), key("b"), key("c"), key("d")], why: "" },
        { is: "acknowledged", by: "anna" },
        { is: "unacknowledged", by: "anna" },
        { is: "snoozed", by: "anna", until: at + 5 },
        { is: "noted", by: "anna", text: "hm" },
      ];
      const before = incident;
      const { incident: now, entries } = advanceIncident(before, events[next(events.length)]!, at);
      const wrong = wrongMembers(now);
      const why = `seed ${seed}, at ${at}`;
      expect(now.state === "open", why).toBe(wrong.length > 0);
      expect(now.resolvedAt === null, why).toBe(now.state === "open");
      for (const one of wrong) expect(severityRank(one.severity), why).toBeLessThanOrEqual(severityRank(now.severity));
      if (now.state === "resolved") expect(now.snoozedUntil, why).toBeNull();
      if (now === before) expect(entries, why).toEqual([]);
      incident = now;
    }
  }
});
