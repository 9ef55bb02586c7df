import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  isListed,
  negotiateApi,
  parseContainer,
  parseContainerEvent,
  parseContainerStats,
  parseListUnits,
  parseShowOutput,
  unitOf,
  unitStatus,
} from "@muster/core";
import { expect, test } from "vitest";

const fixture = (path: string): string =>
  readFileSync(join(import.meta.dirname, "../../../fixtures/services", path), "utf8");

test("what systemctl 252 showed of ten units is understood", () => {
  const units = parseShowOutput(fixture("systemd/show-252.txt")).map(unitOf);
  const statuses = new Map(units.map((unit) => [unit.id, unitStatus(unit, { driver: "systemd", name: unit.id })]));
  expect([...statuses].map(([name, { state, health, rawState }]) => [name, state, health, rawState])).toEqual([
    ["demo.service", "running", "healthy", "active (running)"],
    ["loop.service", "backing-off", "unhealthy", "activating (auto-restart)"],
    ["limit.service", "failed", "unhealthy", "failed (failed)"],
    ["once.service", "stopped", "unknown", "inactive (dead)"],
    ["slow.service", expect.stringMatching(/starting|running/), expect.any(String), expect.any(String)],
    ["tick.timer", "running", "healthy", "active (waiting)"],
    ["mono.timer", "running", "healthy", "active (waiting)"],
    ["port.socket", "running", "healthy", "active (listening)"],
    ["killed.service", "failed", "unhealthy", "failed (failed)"],
    ["nosuch.service", "stopped", "unknown", "inactive (dead)"],
  ]);
  expect(statuses.get("demo.service")).toMatchObject({
    description: "Demo that can reload",
    restartPolicy: "systemd: on-failure after 100ms, at most 5 in 10s",
    group: "system.slice",
    memoryBytes: null,
    verbs: expect.arrayContaining(["reload", "enable"]) as string[],
  });
  expect(statuses.get("limit.service")?.healthDetail).toContain("exit 1; started too often");
  expect(statuses.get("killed.service")?.lastExit).toMatchObject({ code: null, signal: "SIGSEGV" });
  expect(statuses.get("tick.timer")?.nextAt).toBe(Date.UTC(2026, 10, 26, 10));
  // Boot of the lab's kernel was four hours before; the timer waits for 26 h of it, spread by a bit.
  expect(statuses.get("mono.timer")?.nextAt).toBeGreaterThan(Date.UTC(2026, 10, 27, 7));
  expect(statuses.get("mono.timer")?.nextAt).toBeLessThan(Date.UTC(2026, 10, 27, 12));
  expect(statuses.get("port.socket")?.ports).toEqual([4455, 4456]);
  expect(units.filter(isListed).map(({ id }) => id)).not.toContain("nosuch.service");
});

test("what systemctl 252 listed is understood, also names that look like others", () => {
  const units = parseListUnits(fixture("systemd/list-units-252.txt"));
  expect(units.length).toBeGreaterThan(80);
  expect(units).toContainEqual({
    name: "loop.service",
    loadState: "loaded",
    activeState: "activating",
    subState: "auto-restart",
  });
  expect(units).toContainEqual({
    name: "syslog.service",
    loadState: "not-found",
    activeState: "inactive",
    subState: "dead",
  });
});

test("what Docker 20.10 told of six containers is understood", () => {
  const answers = JSON.parse(fixture("docker/inspect-20.10.json")) as unknown[];
  const statuses = answers.map((answer) => parseContainer(answer)?.status);
  expect(statuses.map((status) => [status?.name, status?.state, status?.health])).toEqual([
    ["web", "running", "healthy"],
    ["sick", "running", "unhealthy"],
    ["dead", "failed", "unhealthy"],
    ["loop", expect.stringMatching(/backing-off|failed/), "unhealthy"],
    ["froze", "paused", "degraded"],
    ["new", "stopped", "unknown"],
  ]);
  expect(statuses[0]).toMatchObject({
    group: "shop",
    description: "lab/bb:1",
    restartPolicy: "docker: unless-stopped",
  });
  expect(statuses[2]).toMatchObject({ lastExit: { code: 3 }, restartPolicy: null });
  expect(statuses[5]).toMatchObject({ run: null, verbs: ["start", "restart"] });
  expect(negotiateApi(JSON.parse(fixture("docker/version-20.10.json")))).toEqual({
    prefix: "/v1.41",
    stats: "one-shot",
  });
  expect(parseContainerStats(JSON.parse(fixture("docker/stats-cgroup1-20.10.json")))).toMatchObject({
    cpuSeconds: expect.any(Number) as number,
    memoryBytes: expect.any(Number) as number,
    tasks: 1,
  });
  const events = fixture("docker/events-20.10.jsonl").trim().split("\n").map(parseContainerEvent);
  expect(new Set(events)).toEqual(new Set(["web", "sick"]));
});
