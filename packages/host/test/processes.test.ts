import type { ProcessEntry } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { describe, expect, it } from "vitest";
import { ProcessReader, mostImportant } from "../src/index.ts";
import { AUTO, fixture, never } from "./run-collectors.ts";

describe("the process table", () => {
  it("tells names, users, states and start of every process", async () => {
    const reader = new ProcessReader(AUTO, { host: fixture("big-server"), clock: new FakeClock() });
    const { processes, total, intervalMs } = await reader.read(100, never);
    expect(total).toBe(7);
    expect(intervalMs).toBeNull();
    const byPid = new Map(processes.map((entry) => [entry.pid, entry]));
    expect(byPid.get(1200)).toMatchObject({
      ppid: 900,
      name: "ffmpeg",
      commandLine: "ffmpeg -i rtmp://origin.example/live -c:v libx264",
      user: "www-data",
      uid: 33,
      cpuRatio: null,
      cpuSeconds: 9_200,
      residentBytes: 200_000 * 4096,
      threads: 40,
      startedAt: 1_780_000_050_000,
      startTicks: 5_000,
    });
    // A user of a directory service has no name here; the number is better than nothing.
    expect(byPid.get(1301)).toMatchObject({ name: "evil (R) 1 2) x", user: "4242", state: "blocked" });
    expect(byPid.get(77)).toMatchObject({ commandLine: "", state: "idle", residentBytes: 0 });
  });

  it("shows no control character of a hostile command line", async () => {
    const reader = new ProcessReader(AUTO, { host: fixture("big-server"), clock: new FakeClock() });
    const { processes } = await reader.read(100, never);
    expect(processes.find(({ pid }) => pid === 1301)?.commandLine).toBe("sh -c echo  [31mred next");
  });

  it("makes CPU shares of one core between two readings", async () => {
    const host = fixture("big-server");
    const clock = new FakeClock();
    const reader = new ProcessReader(AUTO, { host, clock });
    await reader.read(100, never);
    host.lookAgain();
    await clock.advance(5_000);
    const { processes, intervalMs } = await reader.read(100, never);
    expect(intervalMs).toBe(5_000);
    // 4,000 ticks in five seconds: eight cores.
    expect(processes[0]).toMatchObject({ pid: 1200, cpuRatio: 8 });
    expect(processes[1]?.cpuRatio).toBe(0);
  });

  it("reads owner and command line of a process once", async () => {
    const host = fixture("big-server");
    const clock = new FakeClock();
    const reader = new ProcessReader(AUTO, { host, clock });
    await reader.read(100, never);
    host.asked.length = 0;
    await clock.advance(5_000);
    await reader.read(100, never);
    expect(host.asked.filter((path) => /cmdline|status|passwd/.test(path))).toEqual([]);
  });
});

const entry = (pid: number, ppid: number, cpuRatio: number, residentBytes: number): ProcessEntry => ({
  pid,
  ppid,
  name: `p${pid}`,
  commandLine: "",
  user: "root",
  uid: 0,
  state: "sleeping",
  cpuRatio,
  cpuSeconds: 0,
  residentBytes,
  threads: 1,
  startedAt: 0,
  startTicks: 0,
});

describe("the choice of processes", () => {
  it("keeps the busiest and the biggest with their ancestors", () => {
    const entries = [
      entry(1, 0, 0, 1),
      entry(10, 1, 0, 1),
      entry(100, 10, 0.9, 1),
      entry(200, 1, 0, 999),
      entry(300, 1, 0.1, 2),
    ];
    expect(mostImportant(entries, 4).map(({ pid }) => pid)).toEqual([100, 200, 1, 10]);
  });

  it("leaves out a process whose ancestors do not fit", () => {
    const entries = [entry(1, 0, 0, 1), entry(2, 1, 0, 1), entry(3, 2, 0.9, 1), entry(4, 0, 0.1, 5)];
    expect(mostImportant(entries, 2).map(({ pid }) => pid)).toEqual([4, 1]);
  });

  it("never exceeds the limit and survives a loop of parents", () => {
    const entries = [entry(1, 2, 0.5, 1), entry(2, 1, 0.4, 1), entry(3, 3, 0.3, 1)];
    expect(mostImportant(entries, 2).map(({ pid }) => pid)).toEqual([1, 2]);
    expect(mostImportant(entries, 0)).toEqual([]);
  });
});
