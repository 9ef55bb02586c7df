import { expect, test } from "vitest";
import { HOUR_MS } from "../time.ts";
import { advanceIncident, openIncident } from "./incident.ts";
import type { Incident, Member } from "./incident.ts";
import { NO_SUBJECT } from "./subject.ts";
import { takeIn } from "./take-in.ts";
import type { IncidentEffect } from "./take-in.ts";

const RULE = { id: "r", name: "Rule" };
const AT = 10 * HOUR_MS;
const member = (key: string): Member => ({
  ...{ key, subject: NO_SUBJECT, title: key, severity: "warning", value: null, since: AT, clearedAt: null },
});
const begins = (key: string): IncidentEffect => ({ rule: RULE, key, member: member(key), why: "" });
const ends = (key: string): IncidentEffect => ({ rule: RULE, key, member: undefined, why: "" });

function turn(effects: readonly IncidentEffect[], known: readonly Incident[] = []) {
  let made = 0;
  const live = {
    incident: (id: string) => known.find((one) => one.id === id),
    idWith: (_rule: string, key: string) => known.findLast(({ members }) => members.some((one) => one.key === key))?.id,
    newestOf: () => known.at(-1)?.id,
  };
  return [...takeIn(effects, live, () => `new-${++made}`, AT)].map(([id, { incident }]) => [
    ...[id, incident.state, incident.members.map(({ key }) => key).join(" ")],
  ]);
}

/** One that began and ended so long ago. */
function over(agoMs: number, ...keys: readonly string[]): Incident {
  const { incident } = openIncident("old", RULE, keys.map(member), AT - agoMs);
  return advanceIncident(incident, { is: "cleared", keys, why: "" }, AT - agoMs).incident;
}

test.each<[string, readonly IncidentEffect[], readonly Incident[], readonly (readonly string[])[]]>([
  ["[AL9] what begins at once is one incident", [begins("a"), begins("b")], [], [["new-1", "open", "a b"]]],
  ["what begins and ends in one turn is over", [begins("a"), ends("a")], [], [["new-1", "resolved", "a"]]],
  ["and begins again is open", [begins("a"), ends("a"), begins("a")], [], [["new-1", "open", "a"]]],
  ["[AL11] what ended long ago takes nothing in", [begins("a")], [over(HOUR_MS, "a")], [["new-1", "open", "a"]]],
  [
    "[AL11] nor does it keep the end of what is new from it",
    [begins("a"), ends("a")],
    [over(HOUR_MS, "a")],
    [["new-1", "resolved", "a"]],
  ],
  ["[AL11] what ended a moment ago is open again", [begins("a")], [over(60_000, "a")], [["old", "open", "a"]]],
  [
    "what never was in it is an incident of its own",
    [begins("a"), begins("b")],
    [over(120_000, "a")],
    [
      ["old", "open", "a"],
      ["new-1", "open", "b"],
    ],
  ],
  ["the end of what nobody knows is nothing", [ends("a")], [], []],
])("%s", (_title, effects, known, expected) => expect(turn(effects, known)).toEqual(expected));
