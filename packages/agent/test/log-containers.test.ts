import { logReader } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { needs, temporaryDirectory, waitFor } from "@muster/testkit";
import { silentLogger } from "@muster/core";
import type { LoadedPolicy } from "@muster/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LocalHost } from "../src/local-host.ts";
import { ContainerRings } from "../src/logs/container-rings.ts";
import { IMAGE, startDocker } from "./docker-daemon.ts";
import type { DockerDaemon } from "./docker-daemon.ts";
import { logSourceContract, startReading } from "./log-source.contract.ts";
import type { LogFixture } from "./log-source.contract.ts";

const describeDocker = await needs("root");

describeDocker("containers of a real Docker", () => {
  let docker: DockerDaemon;
  const host = new LocalHost(systemClock);
  beforeAll(async () => {
    docker = await startDocker();
  }, 60_000);
  afterAll(async () => {
    host.close();
    await docker[Symbol.asyncDispose]();
  }, 60_000);

  let names = 0;
  const start = (name: string, ...more: readonly string[]) =>
    docker.run("run", "-d", "--init=false", "--network=none", "--name", name, ...more, IMAGE, "sleep", "1000");
  /** Docker takes what is printed a moment later. */
  const print = async (name: string, lines: readonly string[]): Promise<void> => {
    const script = `printf '%s\\n' "$@" > /proc/1/fd/1`;
    await docker.run("exec", name, "sh", "-c", script, "sh", ...lines);
    await waitFor(async () => (await docker.run("logs", "--tail", "1", name)).trim() === lines.at(-1)!.trim(), {
      describe: "Docker has the last line",
    });
  };
  const reader = (kept?: ContainerRings) =>
    logReader({ host, clock: systemClock, containerSocket: docker.socketPath, ...(kept && { kept }) });

  async function fixture(moveOn: (name: string) => Promise<void>, ...more: readonly string[]): Promise<LogFixture> {
    const name = `app${names++}`;
    await start(name, ...more);
    return {
      reader: () => reader(),
      source: { driver: "container", name },
      write: (...lines) => print(name, lines),
      moveOn: () => moveOn(name),
      [Symbol.asyncDispose]: async () => {
        await docker.run("rm", "-f", name);
      },
    };
  }
  const again = async (name: string): Promise<void> => {
    await docker.run("stop", "-t", "0", name);
    await docker.run("start", name);
  };
  const anew = async (name: string): Promise<void> => {
    const old = `${name}-old${names++}`;
    await docker.run("rename", name, old);
    await docker.run("stop", "-t", "0", old);
    await start(name);
  };
  logSourceContract("a container that is started again", () => fixture(again));
  logSourceContract("a container with a terminal", () => fixture(again, "-t"));
  logSourceContract("a container that is made anew, the old one still there", () => fixture(anew));

  const granting = (name: string): LoadedPolicy => ({
    source: "file",
    sha256: "",
    policy: {
      version: 1,
      allow: [{ action: "logs.read", driver: "container", names: [name] }],
      probe: { tcp: [], http: [], icmp: [], tunnel: [], exec: [] },
      operators: {},
    },
  });

  test("[LG12] the last lines of a container that was removed are still there, and the one after it goes on", async () => {
    await using directory = await temporaryDirectory("rings");
    const name = "gone";
    const rings = (): ContainerRings =>
      new ContainerRings({
        reader: reader(),
        policy: async () => granting(name),
        directory: directory.path,
        clock: systemClock,
        log: silentLogger,
      });
    await start(name);
    await print(name, ["one", "two"]);
    let kept = rings();
    kept.start();
    await waitFor(async () => (await kept.lines(name)).length === 2, { describe: "two lines are kept" });
    await print(name, ["three token=abcdef"]);
    await waitFor(async () => (await kept.lines(name)).length === 3, { describe: "three lines are kept" });
    const cursor = (await kept.lines(name))[0]!.cursor;
    await docker.run("rm", "-f", name);
    // The agent is ended and started anew meanwhile.
    kept.stop();
    kept = rings();
    kept.start();
    try {
      await waitFor(async () => (await kept.lines(name)).length === 3, { describe: "the ring is read again" });
      const dead = startReading(reader(kept), { driver: "container", name, linesMax: 10, follow: false });
      await dead.ended;
      expect(dead.texts()).toEqual(["one", "two", "three token=[redacted]"]);
      await start(name);
      await print(name, ["four"]);
      const query = { driver: "container", name, linesMax: 0, follow: false, afterCursor: cursor } as const;
      const resumed = startReading(reader(kept), query);
      await resumed.ended;
      expect([resumed.texts(), resumed.gaps()]).toEqual([["two", "three token=[redacted]", "four"], []]);
      const both = startReading(reader(kept), { driver: "container", name, linesMax: 3, follow: false });
      await both.ended;
      expect(both.texts()).toEqual(["two", "three token=[redacted]", "four"]);
      const without = startReading(reader(), query);
      await without.ended;
      expect([without.texts(), without.gaps()]).toEqual([
        ["four"],
        ["the container was removed, and its last lines with it"],
      ]);
    } finally {
      kept.stop();
      await docker.run("rm", "-f", name);
    }
  });

  test("[LG3] both streams, many lines of one instant and long lines are told once each across a resume", async () => {
    const name = "burst";
    await start(name);
    const script =
      "for i in $(seq 1 400); do echo out $i; echo err $i >&2; done; head -c 40000 /dev/zero | tr '\\0' x; echo";
    await docker.run(
      "exec",
      name,
      "sh",
      "-c",
      `{ ${script.replace(/\| tr .*? x;/, "| /bin/busybox tr '\\0' x;")} ; } > /proc/1/fd/1 2> /proc/1/fd/2`,
    );
    const whole = startReading(reader(), { driver: "container", name, linesMax: 10_000, follow: false });
    await whole.ended;
    const cursors = whole.items.flatMap((item) => ("text" in item ? [item.cursor] : []));
    expect([cursors.length, new Set(cursors).size]).toEqual([801, 801]);
    expect(new Set(whole.items.map((item) => ("text" in item ? item.stream : null)))).toEqual(
      new Set(["stdout", "stderr"]),
    );
    expect(whole.texts().find((text) => text.startsWith("xxx"))?.length).toBe(16_384);
    for (const at of [0, 1, 57, 399, 700, 800]) {
      const rest = startReading(reader(), {
        driver: "container",
        name,
        linesMax: 0,
        follow: false,
        afterCursor: cursors[at]!,
      });
      await rest.ended;
      expect(rest.items).toEqual(whole.items.slice(at + 1));
    }
    await docker.run("rm", "-f", name);
  });

  test("[LG3] a container that is removed and made anew while it is followed goes on without gap and double", async () => {
    const name = "replaced";
    await start(name);
    await print(name, ["one"]);
    const reading = startReading(reader(), { driver: "container", name, linesMax: 10, follow: true });
    for (const line of ["two", "three", "four"]) {
      await waitFor(reading.isCaughtUp, { describe: "the past is out" });
      await docker.run("rm", "-f", name);
      await start(name);
      await print(name, [line]);
      await waitFor(() => reading.texts().includes(line), {
        describe: () => `${line}; came ${reading.texts().join()}`,
      });
    }
    await reading.stop();
    expect([reading.texts(), reading.gaps()]).toEqual([["one", "two", "three", "four"], []]);
    await docker.run("rm", "-f", name);
  });

  test("[LG1] [LG2] followed without a past, or since a time without lines, only what is new is told", async () => {
    const name = "quiet";
    await start(name);
    await print(name, ["one", "two"]);
    for (const [past, line] of [
      [() => ({ linesMax: 0 }), "three"],
      [() => ({ linesMax: 10, since: Date.now() }), "four"],
    ] as const) {
      const reading = startReading(reader(), { driver: "container", name, follow: true, ...past() });
      await waitFor(reading.isCaughtUp, { describe: "the past is out" });
      await print(name, [line]);
      await waitFor(() => reading.texts().includes(line), {
        describe: () => `${line}; came ${reading.texts().join()}`,
      });
      await reading.stop();
      expect([reading.texts(), reading.gaps()]).toEqual([[line], []]);
    }
    await docker.run("rm", "-f", name);
  });

  test("[LG11] a name that can be none never reaches Docker", async () => {
    for (const name of ["../info", "a/b", "a?x=1", "", "-a", "a b"]) {
      const reading = startReading(reader(), { driver: "container", name, linesMax: 1, follow: false });
      await expect(reading.ended).rejects.toThrow("no name of a container");
    }
  });
});
