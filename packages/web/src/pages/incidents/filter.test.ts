import { expect, test } from "vitest";
import { testIncident } from "../../incidents/test-incident.ts";
import { parseIncidentFilter } from "./filter.ts";

const NOW = 10_000;
const INCIDENTS = [
  testIncident({ title: "Disk / is full", severity: "critical", servers: [{ id: "1", name: "web-1" }] }),
  testIncident({ title: "CPU", rule: "CPU is busy", acknowledged: { by: "olga", at: 1 } }),
  testIncident({ title: "Hot", rule: "Too hot", snoozedUntil: NOW + 1, servers: [{ id: "2", name: "db-1" }] }),
  testIncident({ title: "Held", isHeld: true, reopened: 2, severity: "info", snoozedUntil: NOW - 1 }),
];
const found = (text: string): readonly string[] => {
  const { matches } = parseIncidentFilter(text);
  return INCIDENTS.filter((incident) => matches(incident, NOW)).map(({ title }) => title);
};

test.each([
  ["", ["Disk / is full", "CPU", "Hot", "Held"]],
  ["disk", ["Disk / is full", "Held"]],
  ["critical", ["Disk / is full"]],
  ["severity:info", ["Held"]],
  ["server:web*", ["Disk / is full"]],
  ['rule:"cpu is busy"', ["CPU"]],
  ["by:olga", ["CPU"]],
  ["acknowledged", ["CPU"]],
  ["-acknowledged -critical", ["Hot", "Held"]],
  ["snoozed", ["Hot"]],
  ["held", ["Held"]],
  ["reopened", ["Held"]],
  ["db-1", ["Hot"]],
])("%s finds %j", (text, titles) => {
  expect(found(text)).toEqual(titles);
});

test("words that look like a field and are none are told, and match nothing", () => {
  for (const text of ["severity:awful", "rule:"]) {
    expect(parseIncidentFilter(text).wrong, text).toEqual([text]);
    expect(found(text), text).toEqual([]);
  }
  expect(found("constructor:x")).toEqual([]);
});
