import { silentLogger } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { describe, expect, it } from "vitest";
import { type FileSystemUsage, type Host, Readings } from "../src/index.ts";
import { mountsKind } from "../src/collectors/mounts.ts";
import { AUTO, never } from "./run-collectors.ts";

const USAGE: FileSystemUsage = { totalBytes: 100, freeBytes: 60, availableBytes: 40, totalInodes: 10, freeInodes: 5 };

/** A machine whose mounts answer when the test lets them. */
function machine(mountinfo: string) {
  const asked: string[] = [];
  const answers = new Map<string, (usage: FileSystemUsage) => void>();
  const local = new Set(["/"]);
  const host: Host = {
    readFile: async (path) => (path.endsWith("mountinfo") ? mountinfo : undefined),
    listDirectory: async () => undefined,
    readLink: async () => undefined,
    execute: () => Promise.reject(new Error("nothing is installed")),
    fileSystemUsage(path) {
      asked.push(path);
      if (local.has(path)) return Promise.resolve(USAGE);
      return new Promise((resolve) => answers.set(path, resolve));
    },
  };
  const clock = new FakeClock();
  const collector = mountsKind.create(AUTO, { host, clock, log: silentLogger });
  return { asked, answers, clock, collector };
}

const ROOT = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n";
const nfs = (name: string, minor: number): string => `${minor} 1 0:${minor} / /mnt/${name} rw - nfs4 nas:/${name} rw\n`;

const used = (readings: Readings) => readings.labelled("filesystem_used_bytes").map(({ labels }) => labels["mount"]);

describe("a network mount whose server is gone", () => {
  it("holds a round up for one second at most, and the other mounts are reported", async () => {
    const { clock, collector } = machine(ROOT + nfs("dead", 40));
    const readings = new Readings();
    let isOver = false;
    const round = collector.collect(readings, never).then(() => (isOver = true));
    await clock.advance(900);
    expect(isOver).toBe(false);
    await clock.advance(200);
    await round;
    expect(used(readings)).toEqual(["/"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not asked again while its answer is due, so that asks do not pile up", async () => {
    const { asked, answers, clock, collector } = machine(ROOT + nfs("dead", 40));
    for (let index = 0; index < 3; index += 1) {
      const round = collector.collect(new Readings(), never);
      await clock.advance(1_000);
      await round;
    }
    expect(asked.filter((path) => path === "/mnt/dead")).toHaveLength(1);
    // The late answer is thrown away, for nobody knows from when it is; then the mount is asked anew.
    answers.get("/mnt/dead")?.(USAGE);
    await clock.advance(0);
    const readings = new Readings();
    const round = collector.collect(readings, never);
    await clock.advance(10);
    answers.get("/mnt/dead")?.(USAGE);
    await clock.advance(1_000);
    await round;
    expect(used(readings)).toEqual(["/", "/mnt/dead"]);
  });

  it("leaves two threads of four to others: no more than two are waited for", async () => {
    const { asked, clock, collector } = machine(ROOT + nfs("a", 40) + nfs("b", 41) + nfs("c", 42) + nfs("d", 43));
    for (let index = 0; index < 2; index += 1) {
      const round = collector.collect(new Readings(), never);
      await clock.advance(1_000);
      await round;
    }
    expect(asked.filter((path) => path.startsWith("/mnt/"))).toEqual(["/mnt/a", "/mnt/b"]);
  });

  it("does not outlast an aborted round", async () => {
    const { clock, collector } = machine(ROOT + nfs("dead", 40));
    const abort = new AbortController();
    const round = collector.collect(new Readings(), abort.signal);
    await clock.advance(10);
    abort.abort();
    await round;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("mounts", () => {
  it("never sleep when all answer: no timer stays", async () => {
    const { clock, collector } = machine(ROOT);
    const readings = new Readings();
    await collector.collect(readings, never);
    expect(clock.pendingTimers).toBe(0);
    // As df does: 40 used of the 80 that a user could use.
    expect(readings.get("filesystem_used_ratio", { mount: "/" })).toBe(0.5);
  });
});
