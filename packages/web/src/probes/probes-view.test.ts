import { expect, test } from "vitest";
import { compareProbes } from "./order.ts";
import { certificateTone, countProbes, daysUntil } from "./probe-state.ts";
import { applyProbes, NO_PROBES } from "./probes-view.ts";
import { testProbe } from "./test-probe.ts";

test("probes come by name at first; later ones replace what they are, and the rest keep their identity", () => {
  const [ten, two] = [testProbe({ name: "web-10" }), testProbe({ name: "web-2" })];
  const before = applyProbes(NO_PROBES, { whole: true, probes: [ten, two], removed: [] });
  expect([...before.probes.keys()]).toEqual(["web-2", "web-10"]);
  const sick = { ...two, health: "unhealthy" as const };
  const after = applyProbes(before, { whole: false, probes: [sick], removed: [] });
  expect(after.probes.get("web-2")).toBe(sick);
  expect(after.probes.get("web-10")).toBe(ten);
  expect([...applyProbes(after, { whole: false, probes: [], removed: ["web-2"] }).probes.keys()]).toEqual(["web-10"]);
});

test("a change before the whole is known is not taken for the whole", () => {
  const change = { whole: false, probes: [testProbe({ name: "one" })], removed: [] };
  expect(applyProbes(NO_PROBES, change)).toBe(NO_PROBES);
});

const PROBES = [
  testProbe({ name: "b", health: "healthy", tookMs: 5 }),
  testProbe({ name: "a", health: "unhealthy", tookMs: null }),
  testProbe({ name: "c", health: "unhealthy", state: "paused", tookMs: 80, maintenanceUntil: 10 }),
];
const sorted = (key: "health" | "took" | "name", descending: boolean) =>
  PROBES.toSorted(compareProbes({ key, descending })).map(({ name }) => name);

test("trouble sorts first, what is paused last, and what is unknown last either way", () => {
  expect(sorted("health", false)).toEqual(["a", "b", "c"]);
  expect(sorted("took", true)).toEqual(["c", "b", "a"]);
  expect(sorted("took", false)).toEqual(["b", "c", "a"]);
  expect(sorted("name", true)).toEqual(["c", "b", "a"]);
});

test("a paused probe is counted as paused and nothing else, one in maintenance by its health too", () => {
  expect(countProbes([...PROBES, testProbe({ name: "d", maintenanceUntil: 50 })], 20)).toEqual({
    ...{ total: 4, unhealthy: 1, degraded: 0, unknown: 0, healthy: 2, paused: 1, maintenance: 1 },
  });
});

test("a certificate is judged by the probe's own limits", () => {
  const day = 86_400_000;
  expect(daysUntil(10.9 * day, 0)).toBe(10);
  expect(daysUntil(-1, 0)).toBe(-1);
  expect(certificateTone({ settings: {} }, 10)).toBe("warning");
  expect(certificateTone({ settings: { warnDays: 7, failDays: 2 } }, 10)).toBe("soft");
  expect(certificateTone({ settings: { warnDays: 30, failDays: 20 } }, 10)).toBe("bad");
});
