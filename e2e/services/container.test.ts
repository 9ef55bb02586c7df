import { LocalHost } from "@muster/agent";
import { silentLogger } from "@muster/core";
import type { Execution, ServiceStatus, Verb } from "@muster/core";
import { DEFAULT_DRIVER_CONFIG, DRIVER_KINDS } from "@muster/host";
import type { ServiceDriver, SocketRequest } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { BUSYBOX_IMAGE, needs, startDockerd, temporaryDirectory, testServiceDriver, waitFor } from "@muster/testkit";
import type { Dockerd } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const describeDocker = await needs("docker");
const never = new AbortController().signal;
const RUN = ["run", "--detach", "--network=none"] as const;

/** Sees every call that is made, to hold them against the closed list. */
class SeenHost extends LocalHost {
  readonly requests: SocketRequest[] = [];
  override request(socketPath: string, request: SocketRequest, signal: AbortSignal) {
    this.requests.push(request);
    return super.request(socketPath, request, signal);
  }
}

describeDocker("containers of a real engine", () => {
  let engine: Dockerd;
  const host = new SeenHost(systemClock);
  let driver: ServiceDriver;

  const driverAt = (containerSocket: string): ServiceDriver =>
    DRIVER_KINDS.find(({ name }) => name === "container")!.create(
      { ...DEFAULT_DRIVER_CONFIG, containerSocket },
      { host, clock: systemClock, log: silentLogger },
    );
  const act = (verb: Verb, name: string, args = {}): Promise<Execution> =>
    driver.act({ verb, name, args }, AbortSignal.timeout(60_000));
  const read = async (name: string): Promise<ServiceStatus> => (await driver.read(name, never))!;
  const when = (name: string, what: string, is: (status: ServiceStatus) => boolean): Promise<ServiceStatus> =>
    waitFor(
      async () => {
        const status = await read(name);
        return is(status) ? status : undefined;
      },
      { timeoutMs: 20_000, describe: async () => `${name} ${what}; it is ${JSON.stringify(await read(name))}` },
    );

  beforeAll(async () => {
    engine = await startDockerd();
    driver = driverAt(engine.socketPath);
    await engine.docker(
      "create",
      "--network=none",
      "--stop-timeout=1",
      "--name=lasting",
      BUSYBOX_IMAGE,
      "sleep",
      "100000",
    );
    await engine.docker("create", "--network=none", "--name=failing", BUSYBOX_IMAGE, "sh", "-c", "exit 3");
    // Never healthy before its check has run, which takes longer than anybody waits.
    await engine.docker(
      ...["create", "--network=none", "--stop-timeout=1", "--name=slow", "--health-cmd=true", "--health-interval=1h"],
      ...[BUSYBOX_IMAGE, "sleep", "100000"],
    );
  });
  afterAll(async () => {
    host.close();
    await engine?.[Symbol.asyncDispose]();
  });

  testServiceDriver(() => ({
    driver,
    lasting: "lasting",
    failing: "failing",
    slow: "slow",
    missing: "missing",
    kill: async (name) => void (await engine.docker("kill", name)),
    canaries: async () =>
      host.requests
        .filter(({ path }) => !/^(?:\/version|\/v1\.\d\d\/[A-Za-z0-9_./?=&%-]*)$/.test(path))
        .map(({ path }) => path),
  }));

  test("[FS-07] effects name a container by its whole id, and nothing but the closed list is ever posted", async () => {
    await act("start", "lasting");
    const id = await engine.docker("inspect", "--format={{.Id}}", "lasting");
    // The beginning of an id is a name to the engine, and must not be one to us.
    expect(await driver.read(id.slice(0, 12), never)).toBeUndefined();
    expect(await driver.read(id, never)).toBeUndefined();
    expect(await act("stop", id.slice(0, 12))).toMatchObject({ outcome: "failed" });
    expect((await read("lasting")).state).toBe("running");
    const posts = host.requests.filter(({ method }) => method === "POST").map(({ path }) => path);
    for (const path of posts) {
      expect(path).toMatch(
        /^\/v1\.41\/containers\/[a-f0-9]{64}\/(start|stop|restart|pause|unpause|kill\?signal=SIG[A-Z0-9]+)$/,
      );
    }
  });

  test("what a container uses, its image, project and restart policy are shown", async () => {
    await engine.docker(
      ...[...RUN, "--name=shop-web-1", "--label=com.docker.compose.project=shop", "--restart=on-failure:5"],
      ...[BUSYBOX_IMAGE, "sh", "-c", "head -c 20000000 /dev/zero | tail -c 1; yes >/dev/null"],
    );
    const status = await when("shop-web-1", "has used CPU", ({ cpuSeconds }) => (cpuSeconds ?? 0) > 0.05);
    expect(status).toMatchObject({
      state: "running",
      description: BUSYBOX_IMAGE,
      group: "shop",
      restartPolicy: "docker: on-failure, at most 5 times",
      enabled: "on-failure",
      restarts: 0,
      urls: [],
    });
    expect(status.memoryBytes).toBeGreaterThan(0);
    expect(status.tasks).toBeGreaterThan(0);
    const listed = (await driver.list(never)).find(({ name }) => name === "shop-web-1");
    expect(listed?.cpuSeconds).toBeGreaterThanOrEqual(status.cpuSeconds ?? 0);
    await engine.docker("rm", "--force", "shop-web-1");
  });

  test("the control groups and the engine agree on what a container uses", async () => {
    await engine.docker(...RUN, "--name=busy", BUSYBOX_IMAGE, "sh", "-c", "seq 1 300000 >/dev/null; sleep 100000");
    await when("busy", "has used CPU", ({ cpuSeconds }) => (cpuSeconds ?? 0) > 0.02);
    // Without control groups the same driver asks the engine.
    class BlindHost extends LocalHost {
      override readFile(path: string) {
        return path.includes("cgroup") ? Promise.resolve(undefined) : super.readFile(path, "once");
      }
    }
    const blind = new BlindHost(systemClock);
    const byEngine = DRIVER_KINDS.find(({ name }) => name === "container")!.create(
      { ...DEFAULT_DRIVER_CONFIG, containerSocket: engine.socketPath },
      { host: blind, clock: systemClock, log: silentLogger },
    );
    await waitFor(
      async () => {
        const [own, told] = [await read("busy"), (await byEngine.read("busy", never))!];
        expect(told.cpuSeconds).toBeCloseTo(own.cpuSeconds ?? 0, 3);
        expect(told.tasks).toBe(own.tasks);
        expect(Math.abs((told.memoryBytes ?? 0) - (own.memoryBytes ?? 1e9))).toBeLessThan(500_000);
        return true;
      },
      { timeoutMs: 15_000, describe: "they agree" },
    );
    blind.close();
    await engine.docker("rm", "--force", "busy");
  });

  test("[DR6] a container that crashes again and again is a failed start, and waits for its restart", async () => {
    await engine.docker(
      "create",
      "--network=none",
      "--name=loop",
      "--restart=always",
      BUSYBOX_IMAGE,
      "sh",
      "-c",
      "exit 7",
    );
    expect(await act("start", "loop")).toMatchObject({ outcome: "failed" });
    const status = await when(
      "loop",
      "backs off",
      ({ state, restarts }) => state === "backing-off" && (restarts ?? 0) >= 4,
    );
    expect(status).toMatchObject({ health: "unhealthy", lastExit: { code: 7 }, restartPolicy: "docker: always" });
    expect(await act("stop", "loop")).toMatchObject({ outcome: "succeeded" });
    expect((await read("loop")).state).not.toBe("backing-off");
    await engine.docker("rm", "--force", "loop");
  });

  test("one that the kernel ended for want of memory is failed and says so, other than one that was killed", async () => {
    await engine.docker(
      ...[...RUN, "--memory=16m", "--name=hungry", BUSYBOX_IMAGE],
      ...["sh", "-c", "x=aaaaaaaa; while true; do x=$x$x; done"],
    );
    const status = await when("hungry", "ended", ({ state }) => state !== "running");
    expect(status).toMatchObject({
      state: "failed",
      health: "unhealthy",
      healthDetail: "exit 137 (out of memory)",
      lastExit: { code: 137, detail: "out of memory" },
    });
    await engine.docker("rm", "--force", "hungry");
  });

  test("[DR11] one that the engine starts again after a crash shows another run and one more restart", async () => {
    await engine.docker(...RUN, "--name=healing", "--restart=always", BUSYBOX_IMAGE, "sh", "-c", "sleep 100000");
    const before = await read("healing");
    process.kill(before.pid ?? 0, "SIGKILL");
    const after = await when("healing", "runs anew", ({ state, run }) => state === "running" && run !== before.run);
    expect(after.restarts).toBe(1);
    await engine.docker("rm", "--force", "healing");
  });

  test("[DR16] an unhealthy container is unhealthy with what its check said, and starting it fails", async () => {
    await engine.docker(
      ...["create", "--network=none", "--name=sick", "--health-interval=1s", "--health-retries=2"],
      ...["--health-cmd=echo no database; exit 1", BUSYBOX_IMAGE, "sleep", "100000"],
    );
    expect(await act("start", "sick")).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("no database") as string,
    });
    expect(await read("sick")).toMatchObject({ state: "running", health: "unhealthy" });
    const hints: (string | undefined)[] = [];
    const watching = new AbortController();
    driver.watch?.((name) => hints.push(name), watching.signal);
    await engine.docker(
      "create",
      "--network=none",
      "--name=well",
      "--health-interval=1s",
      "--health-cmd=true",
      BUSYBOX_IMAGE,
      "sleep",
      "100000",
    );
    expect(await act("start", "well")).toMatchObject({ outcome: "succeeded" });
    expect(await read("well")).toMatchObject({ health: "healthy" });
    await waitFor(() => hints.filter((name) => name === "well").length >= 3, {
      describe: () => `hints of create, start and health; ${String(hints)}`,
    });
    watching.abort();
    await engine.docker("rm", "--force", "sick", "well");
  });

  test("[DR17] pause, unpause and kill are seen to have come", async () => {
    await act("start", "lasting");
    expect(await act("pause", "lasting")).toMatchObject({ outcome: "succeeded" });
    expect(await read("lasting")).toMatchObject({ state: "paused", health: "degraded" });
    expect(await act("unpause", "lasting")).toMatchObject({ outcome: "succeeded" });
    expect(await act("unpause", "lasting")).toMatchObject({ outcome: "succeeded" });
    // sleep, as the first process of its namespace, takes no notice.
    expect(await act("kill", "lasting", { signal: "USR1" })).toMatchObject({ outcome: "succeeded" });
    expect((await read("lasting")).state).toBe("running");
    expect(await act("kill", "lasting", { signal: "KILL" })).toMatchObject({ outcome: "succeeded" });
    expect(await read("lasting")).toMatchObject({ state: "stopped", lastExit: { code: 137, detail: "SIGKILL" } });
    expect(await act("kill", "lasting", { signal: "KILL" })).toMatchObject({ outcome: "succeeded" });
    expect(await act("kill", "lasting", { signal: "KILL/../x" })).toMatchObject({ outcome: "failed" });
    expect(await act("pause", "lasting")).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("the engine says") as string,
    });
  });

  test("a command that is not there is a failed start with the engine's words", async () => {
    await engine.docker("create", "--network=none", "--name=absent", BUSYBOX_IMAGE, "/nowhere");
    expect(await act("start", "absent")).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("nowhere") as string,
    });
    expect((await read("absent")).state).toBe("failed");
    await engine.docker("rm", "absent");
  });

  test("[DR13] while events flow a list asks for no container that it knows, but what it uses", async () => {
    const watching = new AbortController();
    const watched = driverAt(engine.socketPath);
    const hints: (string | undefined)[] = [];
    watched.watch?.((name) => hints.push(name), watching.signal);
    await waitFor(() => hints.length > 0, { describe: "events flow" });
    await watched.list(never);
    host.requests.length = 0;
    const quick = await watched.list(never);
    expect(
      host.requests.map(({ path }) => path.replace(/[a-f0-9]{64}/, "ID")).filter((path) => path.endsWith("/json")),
    ).toEqual([]);
    const whole = await driverAt(engine.socketPath).list(never);
    const still = (status: ServiceStatus) => ({ ...status, cpuSeconds: 0, memoryBytes: 0, tasks: 0 });
    expect(quick.map(still)).toEqual(whole.map(still));
    watching.abort();
  });

  test("a container that was made anew under its name is another run", async () => {
    await engine.docker(...RUN, "--name=again", BUSYBOX_IMAGE, "sleep", "100000");
    const before = await read("again");
    await engine.docker("rm", "--force", "again");
    expect(await driver.read("again", never)).toBeUndefined();
    await engine.docker(...RUN, "--name=again", BUSYBOX_IMAGE, "sleep", "100000");
    expect((await read("again")).run).not.toBe(before.run);
    await engine.docker("rm", "--force", "again");
  });

  test("no engine, a socket that nobody serves, and one that may not be opened are told apart", async () => {
    await using directory = await temporaryDirectory("no-docker");
    const missing = directory.file("nothing.sock");
    const why = async (by: ServiceDriver): Promise<string> => {
      const found = await by.detect(never);
      return found.ok ? "" : found.why;
    };
    expect(await why(driverAt(missing))).toBe(`no container engine: there is no ${missing}`);
    expect(await driverAt(missing).act({ verb: "start", name: "lasting", args: {} }, never)).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("no container engine") as string,
    });
    await expect(driverAt(missing).list(never)).rejects.toThrow("no container engine");
  });
});
