import { expect, test } from "vitest";
import { compareUrgency, countIncidents, isAbout, worstOf } from "./incident-state.ts";
import { applyIncidents, NO_INCIDENTS } from "./incidents-view.ts";
import { testIncident } from "./test-incident.ts";

const disk = testIncident({ title: "disk", severity: "critical" });
const cpu = testIncident({ title: "cpu" });

test("changes before the first whole answer say nothing of what is open", () => {
  expect(applyIncidents(NO_INCIDENTS, { whole: false, incidents: [disk] })).toBe(NO_INCIDENTS);
});

test("one that is resolved is told once more and then is gone; a whole answer replaces everything", () => {
  const first = applyIncidents(NO_INCIDENTS, { whole: true, incidents: [disk, cpu] });
  const next = applyIncidents(first, { whole: false, incidents: [{ ...disk, state: "resolved" }] });
  expect([...next.incidents.keys()]).toEqual(["cpu"]);
  expect([...applyIncidents(next, { whole: true, incidents: [disk] }).incidents.keys()]).toEqual(["disk"]);
});

test("[UI45] what nobody has taken comes first, then the worse, then the newer", () => {
  const taken = testIncident({ title: "taken", severity: "critical", acknowledged: { by: "olga", at: 1 } });
  const newer = testIncident({ title: "newer", openedAt: 2_000 });
  expect([taken, cpu, newer, disk].toSorted(compareUrgency).map(({ title }) => title)).toEqual([
    ...["disk", "newer", "cpu", "taken"],
  ]);
});

test("counts by severity and by what was done to them; a snooze that is over does not count", () => {
  const counts = countIncidents(
    [
      disk,
      testIncident({ title: "a", snoozedUntil: 10, acknowledged: { by: "olga", at: 1 } }),
      testIncident({ title: "b", snoozedUntil: 4, isHeld: true }),
    ],
    5,
  );
  expect(counts).toEqual({
    ...{ total: 3, critical: 1, error: 0, warning: 2, info: 0 },
    ...{ acknowledged: 1, snoozed: 1, held: 1 },
  });
  expect(worstOf([cpu, disk])).toBe("critical");
  expect(worstOf([])).toBeUndefined();
});

test("an incident is about its servers, services and probes", () => {
  const one = testIncident({
    title: "x",
    servers: [{ id: "s", name: "web-1" }],
    serviceIds: ["v"],
    probeIds: ["p"],
  });
  expect(isAbout(one, undefined)).toBe(true);
  expect([{ serverId: "s" }, { serviceId: "v" }, { probeId: "p" }].every((about) => isAbout(one, about))).toBe(true);
  expect([{ serverId: "v" }, { serviceId: "p" }, { probeId: "s" }].some((about) => isAbout(one, about))).toBe(false);
});
