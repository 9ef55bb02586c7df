import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { FakeClock, needs, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import { systemClock } from "@muster/node-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectSsh } from "../src/links/ssh/connect-ssh.ts";
import { SshFailure } from "../src/links/ssh/ssh-failure.ts";
import { SshHost } from "../src/links/ssh/ssh-host.ts";
import { SshLine } from "../src/links/ssh/ssh-line.ts";
import type { SshLineStatus } from "../src/links/ssh/ssh-line.ts";
import { hostOf, never, sshDeps, targetOf } from "./ssh-fixture.ts";

/** Program and arguments of a process; empty when it has ended. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}

const describeSsh = await needs("root", "sshd");

describeSsh("the line to a server", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  /** Readers among the server's sessions. */
  const readers = (): readonly number[] => sshd.sessions().filter((pid) => commandOf(pid).startsWith("/bin/sh\0-c"));

  test("[SS30] there is one connection for all who ask at once, made when it is first asked for", async () => {
    const said: SshLineStatus[] = [];
    const target = await targetOf(sshd);
    let connections = 0;
    const line = new SshLine({
      clock: systemClock,
      random: () => 0,
      connect: (signal) => {
        connections++;
        return connectSsh(target, sshDeps, signal);
      },
      changed: (status) => said.push(status),
    });
    try {
      expect([line.status.state, connections]).toEqual(["unused", 0]);
      const host = new SshHost("self", { clock: systemClock, reach: line.reach });
      await Promise.all([
        host.readFile("/proc/uptime"),
        host.readFile("/proc/stat"),
        host.execute(["/bin/true"], { signal: never }),
      ]);
      expect(connections).toBe(1);
      expect(said.map(({ state }) => state)).toEqual(["connecting", "connected"]);
      expect(line.status).toMatchObject({ state: "connected", lastFailure: undefined, hostKey: target.hostKey });
      expect(line.status.roundTripMs).toBeGreaterThan(0);
    } finally {
      line.close();
    }
    expect(line.status.state).toBe("closed");
    await expect(line.reach(never)).rejects.toMatchObject({ step: "lost" });
  });

  test("[SS31] a reader that is killed is replaced over the same connection, and the question is asked again", async () => {
    using server = hostOf(await targetOf(sshd));
    await server.host.readFile("/proc/uptime");
    const { connection } = await server.line.reach(never);
    const [reader] = await waitFor(() => (readers().length === 1 ? readers() : undefined), { describe: "one reader" });
    process.kill(reader!, "SIGKILL");
    for (let round = 0; round < 3; round++) expect(await server.host.readFile("/proc/loadavg")).toBeTruthy();
    expect((await server.line.reach(never)).connection).toBe(connection);
    expect(readers()).not.toContain(reader);
  });

  test("[SS32] a server that is cut off fails what runs and what is asked, with the reason, and is back by itself", async () => {
    const own = await startSshd();
    try {
      const clock = new FakeClock();
      const target = await targetOf(own);
      const states: string[] = [];
      const line = new SshLine({
        clock,
        random: () => 0.5,
        connect: (signal) => connectSsh(target, sshDeps, signal),
        changed: ({ state }) => states.push(state),
      });
      const host = new SshHost("self", { clock, reach: line.reach });
      await host.readFile("/proc/uptime");
      const running = host.execute(["/bin/sleep", "1000"], { signal: never }).catch((error: unknown) => error);
      const stream = host.stream(["/bin/sh", "-c", "echo first; sleep 1000"], { signal: never });
      const reader = stream.output[Symbol.asyncIterator]();
      expect(Buffer.from((await reader.next()).value as Uint8Array).toString()).toBe("first\n");
      await own.cut();
      expect(await running).toMatchObject({ step: "lost", code: "SERVER_OFFLINE" });
      await expect(reader.next()).rejects.toMatchObject({ step: "lost" });
      expect((await stream.ended).exitCode).toBeNull();
      await waitFor(() => line.status.state === "waiting", { describe: "the loss" });
      // A connection that lasted so short waits a while before the next.
      await expect(host.readFile("/proc/uptime")).rejects.toMatchObject({ step: "lost" });
      await clock.advance(600);
      await expect(host.readFile("/proc/uptime")).rejects.toMatchObject({ step: "port" });
      expect(line.status.lastFailure?.message).toContain("nothing listens there");
      // Asked again before its time, it answers at once and asks nobody.
      const startedMs = performance.now();
      await expect(host.readFile("/proc/uptime")).rejects.toBeInstanceOf(SshFailure);
      expect(performance.now() - startedMs).toBeLessThan(50);
      await own.restart();
      await clock.advance(5_000);
      expect(await host.readFile("/proc/uptime")).toBeTruthy();
      expect(line.status).toMatchObject({ state: "connected", lastFailure: undefined });
      expect(states).toEqual([
        "connecting",
        "connected",
        "waiting",
        "connecting",
        "waiting",
        "connecting",
        "connected",
      ]);
      line.close();
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test("[SS33] a server that refuses us is asked rarely; one whose key has changed is not logged in to again", async () => {
    const own = await startSshd();
    try {
      const clock = new FakeClock();
      const target = await targetOf(own);
      let logins = 0;
      const credential = async () => {
        logins++;
        return { kind: "key" as const, privateKey: own.privateKey };
      };
      let attempts = 0;
      const line = new SshLine({
        clock,
        random: () => 0,
        connect: (signal) => {
          attempts++;
          return connectSsh({ ...target, credential }, sshDeps, signal);
        },
      });
      await line.reach(never);
      await own.restart("new-host-keys");
      await waitFor(() => line.status.state === "waiting", { describe: "the loss" });
      await clock.advance(1_000);
      await expect(line.reach(never)).rejects.toMatchObject({ step: "host-key" });
      for (let second = 0; second < 25; second++) {
        await clock.advance(1_000);
        await expect(line.reach(never)).rejects.toMatchObject({ step: "host-key" });
      }
      expect([attempts, logins]).toEqual([2, 1]);
      await clock.advance(10_000);
      await expect(line.reach(never)).rejects.toMatchObject({ step: "host-key" });
      expect([attempts, logins]).toEqual([3, 1]);
      line.close();
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test("[SS34] a server with few sessions serves all who ask, one after the other", async () => {
    await using small = await startSshd({ config: ["MaxSessions 2"] });
    using server = hostOf(await targetOf(small));
    const said = await Promise.all(
      Array.from({ length: 12 }, (_, index) => server.host.execute(["/bin/echo", String(index)], { signal: never })),
    );
    expect(said.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
    expect(await server.host.readFile("/proc/uptime")).toBeTruthy();
  });

  test("[SS34] a server that allows one session is told as such", async () => {
    await using smallest = await startSshd({ config: ["MaxSessions 1"] });
    using server = hostOf(await targetOf(smallest));
    expect(await server.host.readFile("/proc/uptime")).toBeTruthy();
    const late = AbortSignal.timeout(3_000);
    await expect(server.host.execute(["/bin/true"], { signal: late })).rejects.toMatchObject({
      step: "channel",
      message: expect.stringContaining("MaxSessions") as string,
    });
  });

  test("[SS34] never more than eight sessions are open, and what is followed leaves room for what is asked", async () => {
    using server = hostOf(await targetOf(sshd));
    await server.host.readFile("/proc/uptime");
    const stop = new AbortController();
    const followed = Array.from({ length: 10 }, () =>
      server.host.stream(["/bin/sh", "-c", "echo; exec sleep 1000"], { signal: stop.signal }),
    );
    await Promise.all(followed.slice(0, 4).map(({ output }) => output[Symbol.asyncIterator]().next()));
    const results = await Promise.all(
      Array.from({ length: 20 }, () => server.host.execute(["/bin/echo", "x"], { signal: never })),
    );
    expect(results.every(({ stdout }) => stdout === "x\n")).toBe(true);
    stop.abort();
    for (const { ended } of followed) await ended;
  });

  test("[SS35] whatever is given up gives its channel back: programs, streams and exchanges over sockets", async () => {
    await using directory = await temporaryDirectory("given-up");
    const socketPath = directory.file("s");
    const endless = createServer((_request, response) => void response.write("begin")).listen(socketPath);
    await once(endless, "listening");
    using server = hostOf(await targetOf(sshd));
    const { host } = server;
    await host.readFile("/proc/uptime");
    try {
      for (let round = 0; round < 20; round++) {
        const stop = new AbortController();
        const { signal } = stop;
        const answer = await host.request(socketPath, { method: "GET", path: "/" }, signal);
        const body = answer.body[Symbol.asyncIterator]();
        await body.next();
        const stream = host.stream(["/bin/sh", "-c", "echo; exec sleep 1000"], { signal });
        await stream.output[Symbol.asyncIterator]().next();
        const running = host.execute(["/bin/sleep", "1000"], { signal });
        // Some are given up before they have begun.
        if (round % 2 === 0)
          await waitFor(() => sshd.sessions().some((pid) => commandOf(pid).startsWith("/bin/sleep\0")), {
            describe: "the program",
          });
        stop.abort(new Error("enough"));
        await expect(running).rejects.toThrow("enough");
        await expect(body.next()).rejects.toThrow();
        await stream.ended;
      }
      expect((await host.execute(["/bin/echo", "still here"], { signal: never })).stdout).toBe("still here\n");
      const last = await host.request(socketPath, { method: "GET", path: "/" }, AbortSignal.timeout(5_000));
      expect(last.status).toBe(200);
    } finally {
      endless.closeAllConnections();
      endless.close();
    }
  });

  test("[SH-05] a server that no longer answers holds up nobody but those who ask it, for a bounded time", async () => {
    const own = await startSshd();
    try {
      const clock = new FakeClock();
      const target = await targetOf(own);
      const line = new SshLine({ clock, random: () => 0, connect: (signal) => connectSsh(target, sshDeps, signal) });
      const host = new SshHost("self", { clock, reach: line.reach });
      await host.readFile("/proc/uptime");
      for (const pid of own.sessions()) process.kill(pid, "SIGSTOP");
      const reading = host.readFile("/proc/uptime").catch((error: unknown) => error);
      const stop = new AbortController();
      const running = host.execute(["/bin/true"], { signal: stop.signal }).catch((error: unknown) => error);
      using other = hostOf(await targetOf(sshd));
      expect(await other.host.readFile("/proc/uptime")).toBeTruthy();
      stop.abort(new Error("enough"));
      expect(await running).toMatchObject({ message: "enough" });
      await waitFor(() => clock.pendingTimers > 0, { describe: "the reader's time" });
      // The reader's answer is late, then the next reader's.
      await clock.advance(15_001);
      await waitFor(() => clock.pendingTimers > 0, { describe: "the next reader's start" });
      await clock.advance(15_001);
      expect(await reading).toBeInstanceOf(SshFailure);
      line.close();
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });
});
