import { once } from "node:events";
import { createServer } from "node:net";
import { readdir, readFile, readlink, statfs } from "node:fs/promises";
import { labelsText, silentLogger } from "@muster/core";
import { COLLECTOR_KINDS, DEFAULT_DRIVER_CONFIG, DRIVER_KINDS, ProcessReader, readFacts, Readings } from "@muster/host";
import type { Host } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { needs, startProgram, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostOf, never, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");
const CONFIG = { mounts: "auto" as const, hostRoot: "/" };

/** This machine as Node reads it, for comparison. */
const here: Host = {
  readFile: (path) => readFile(path, "utf8").catch(() => undefined),
  listDirectory: (path) =>
    readdir(path).then(
      (names) => names.sort(),
      () => undefined,
    ),
  readLink: (path) => readlink(path).catch(() => undefined),
  fileSystemUsage: (path) =>
    statfs(path).then(
      ({ bsize, blocks, bfree, bavail, files, ffree }) => ({
        ...{ totalBytes: blocks * bsize, freeBytes: bfree * bsize, availableBytes: bavail * bsize },
        ...{ totalInodes: files, freeInodes: ffree },
      }),
      () => undefined,
    ),
  execute: async () => ({ exitCode: 0, stdout: "x86_64\n", stderr: "", truncated: false }),
};

/** Series and values of a second round of every collector, all asked at once. */
async function reading(host: Host): Promise<ReadonlyMap<string, number>> {
  const collectors = COLLECTOR_KINDS.map((kind) =>
    kind.create(CONFIG, { host, clock: systemClock, log: silentLogger }),
  );
  const round = async (readings: Readings): Promise<void> =>
    void (await Promise.all(collectors.map((collector) => collector.collect(readings, never))));
  await round(new Readings());
  const startedMs = performance.now();
  await waitFor(() => performance.now() - startedMs > 300, { describe: "a third of a second between two rounds" });
  const readings = new Readings();
  await round(readings);
  return new Map(readings.all().map(({ metric, labels, value }) => [`${metric}{${labelsText(labels)}}`, value]));
}

describeSsh("[SS40] what is read of a server by SSH", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ users: [{ name: "anna", uid: 61_004 }] });
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  describe.each(["root", "anna"])("as %s", (user) => {
    test("has the same series as on the machine itself, with values as near as two readings are", async () => {
      using server = hostOf(await targetOf(sshd, { user }));
      const [remote, local] = await Promise.all([reading(server.host), reading(here)]);
      expect([...remote.keys()].toSorted()).toEqual([...local.keys()].toSorted());
      expect(remote.size).toBeGreaterThan(20);
      const near = (name: string, share: number): void => {
        const [one, other] = [remote.get(name) ?? NaN, local.get(name) ?? NaN];
        expect(Math.abs(one - other), `${name}: ${one} and ${other}`).toBeLessThanOrEqual(Math.abs(other) * share);
      };
      near("memory_total_bytes{}", 0);
      near("uptime_seconds{}", 0.01);
      for (const name of local.keys()) {
        if (/^filesystem_total_bytes|^network_(?:receive|transmit)_bytes_total|_limit\{/.test(name)) near(name, 0.01);
      }
    });

    test("tells the same facts, boot and addresses too", async () => {
      using server = hostOf(await targetOf(sshd, { user }));
      const deps = { clock: systemClock };
      const [remote, local] = await Promise.all([
        readFacts(CONFIG, { host: server.host, ...deps }),
        readFacts(CONFIG, { host: here, ...deps }),
      ]);
      const comparable = ({ bootId, cpuCount, cpuModel, addresses, memoryBytes }: typeof remote) => ({
        ...{ bootId, cpuCount, cpuModel, addresses, memoryBytes },
      });
      expect(comparable(remote)).toEqual(comparable(local));
    });

    test("shows the processes, with owner and command line", async () => {
      await using child = await startProgram(["sleep", "98765.5"]);
      using server = hostOf(await targetOf(sshd, { user }));
      const reader = new ProcessReader(CONFIG, { host: server.host, clock: systemClock });
      const { processes, total } = await reader.read(20_000, never);
      expect(processes.find(({ pid }) => pid === child.pid)).toMatchObject({
        ...{ name: "sleep", commandLine: expect.stringContaining("98765.5") as string, user: "root", uid: 0 },
      });
      expect(total).toBe(processes.length);
      // A kernel's own thread has no command line, which is not the same as none that can be read.
      expect(processes.some(({ pid, commandLine }) => pid === 2 && commandLine === "")).toBe(true);
    });

    test("tells of each driver whether it can work there", async () => {
      using server = hostOf(await targetOf(sshd, { user }));
      for (const kind of DRIVER_KINDS) {
        const driver = kind.create(DEFAULT_DRIVER_CONFIG, { host: server.host, clock: systemClock, log: silentLogger });
        const detected = await driver.detect(AbortSignal.timeout(20_000));
        expect(detected.ok || detected.why, kind.name).toBeTruthy();
        if (detected.ok) expect(Array.isArray(await driver.list(AbortSignal.timeout(20_000)))).toBe(true);
      }
    });
  });

  test("[SS41] an ordinary round is one question to the server, a round of everything two", async () => {
    using server = hostOf(await targetOf(sshd));
    const deps = { host: server.host, clock: systemClock, log: silentLogger };
    const questionsOf = async (kinds: typeof COLLECTOR_KINDS): Promise<number> => {
      const collectors = kinds.map((kind) => kind.create(CONFIG, deps));
      const round = (): Promise<unknown> =>
        Promise.all(collectors.map((collector) => collector.collect(new Readings(), never)));
      await round();
      await round();
      const { reader } = await server.line.reach(never);
      const before = reader.questions;
      await round();
      return reader.questions - before;
    };
    expect(await questionsOf(COLLECTOR_KINDS.filter(({ everyMs }) => everyMs === 0))).toBe(1);
    // File systems are asked for once the table of mounts is known.
    expect(await questionsOf(COLLECTOR_KINDS)).toBe(2);
  });

  test("[SS42] an ordinary user sees what it may; what it may not is undefined", async () => {
    using server = hostOf(await targetOf(sshd, { user: "anna" }));
    const { host } = server;
    expect(
      await Promise.all([host.readFile("/etc/shadow"), host.readFile("/proc/1/environ"), host.listDirectory("/root")]),
    ).toEqual([undefined, undefined, undefined]);
    expect(await host.readPart("/etc/shadow", 0, 10)).toBeUndefined();
    const stat = await readFile(`/proc/${process.pid}/stat`, "utf8");
    const startTicks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    expect(await host.kill({ pid: process.pid, startTicks }, "TERM")).toBe("denied");
    expect(await host.kill({ pid: process.pid, startTicks: startTicks + 1 }, "TERM")).toBe("gone");
    await expect(host.kill({ pid: 1, startTicks: 0, group: true }, "TERM")).rejects.toThrow("no process");
  });

  test("[SS43] a server that forbids forwarding to sockets says so; one that allows it says what is wrong with the socket", async () => {
    await using strict = await startSshd({ config: ["AllowStreamLocalForwarding no"] });
    using server = hostOf(await targetOf(strict));
    const ask = (path: string) => server.host.request(path, { method: "GET", path: "/" }, never);
    await using directory = await temporaryDirectory("socket");
    const socketPath = directory.file("s");
    const listener = createServer().listen(socketPath);
    await once(listener, "listening");
    await expect(ask(socketPath)).rejects.toMatchObject({
      step: "channel",
      message: expect.stringContaining("AllowStreamLocalForwarding") as string,
    });
    listener.close();
    await expect(ask("/nowhere.sock")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(ask("/dev/null")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    using plain = hostOf(await targetOf(sshd, { user: "anna" }));
    await expect(plain.host.request("/run/sshd", { method: "GET", path: "/" }, never)).rejects.toMatchObject({
      code: "EACCES",
    });
  });
});
