import { bareStatus, MONITOR_ONLY, silentLogger } from "@muster/core";
import type { DriverName, LedgerNote, LoadedPolicy, ServiceStatus } from "@muster/core";
import type { ServiceDriver } from "../service-driver.ts";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { ServiceWatch } from "./service-watch.ts";

/** A driver over a map that the test changes. */
class ListedDriver implements ServiceDriver {
  readonly name: DriverName;
  readonly services = new Map<string, ServiceStatus>();
  works: { ok: true } | { ok: false; why: string } = { ok: true };
  lists = 0;
  detections = 0;
  changed: (name?: string) => void = () => undefined;
  breaks: Error | undefined;

  constructor(name: DriverName = "systemd") {
    this.name = name;
  }

  put(name: string, change: Partial<ServiceStatus> = {}): void {
    const before = this.services.get(name) ?? bareStatus({ driver: this.name, name });
    this.services.set(name, { ...before, ...change });
  }

  detect(): Promise<{ ok: true } | { ok: false; why: string }> {
    this.detections++;
    return Promise.resolve(this.works);
  }

  list(): Promise<readonly ServiceStatus[]> {
    this.lists++;
    if (this.breaks) return Promise.reject(this.breaks);
    return Promise.resolve([...this.services.values()]);
  }

  read(name: string): Promise<ServiceStatus | undefined> {
    return Promise.resolve(this.services.get(name));
  }

  watch(changed: (name?: string) => void): void {
    this.changed = changed;
  }

  act(): never {
    throw new Error("nothing is done here");
  }
}

function world(...drivers: readonly ListedDriver[]) {
  const clock = new FakeClock();
  const notes: LedgerNote[] = [];
  const told: string[][] = [];
  const policy: { now: LoadedPolicy } = { now: { source: "missing", policy: MONITOR_ONLY } };
  const watch = new ServiceWatch({
    drivers,
    selfNoting: new Set<DriverName>(["process"]),
    note: (note) => void notes.push(note),
    policy: () => Promise.resolve(policy.now),
    definedBy: () => null,
    checkedHealth: () => undefined,
    clock,
    log: silentLogger,
  });
  watch.listen((changed, when) => void told.push([...changed, ...(when === "now" ? ["now"] : [])]));
  return { clock, notes, told, watch, policy };
}

test("the first reading fills no ledger; later ones tell what is new, other or gone, and why", async () => {
  const systemd = new ListedDriver();
  systemd.put("nginx.service", { state: "running", rawState: "active (running)", run: "1", restarts: 0 });
  const { watch, notes, told } = world(systemd);
  await watch.read();
  expect([notes, told]).toEqual([[], [["systemd/nginx.service"]]]);

  await watch.read();
  expect(told).toHaveLength(1);
  systemd.put("nginx.service", { run: "2", restarts: 1 });
  systemd.put("app.service", { state: "failed", rawState: "failed", lastExit: { code: 1, signal: null, detail: "" } });
  await watch.read();
  systemd.services.delete("app.service");
  systemd.put("nginx.service", {
    state: "failed",
    rawState: "failed",
    run: null,
    health: "unhealthy",
    lastExit: { code: 137, signal: null, detail: "out of memory" },
  });
  await watch.read();
  expect(notes.map(({ name, event, from, to, cause }) => [name, event, from, to, cause])).toEqual([
    [
      "nginx.service",
      "restarted",
      "running",
      "running",
      "a new run: active (running); its supervisor started it again (1 times so far)",
    ],
    ["app.service", "appeared", null, "failed", "systemd/app.service is failed"],
    ["nginx.service", "state", "running", "failed", "failed, exit 137 (out of memory)"],
    ["nginx.service", "health", "running", "failed", "unhealthy"],
    ["app.service", "gone", "failed", null, "it is gone"],
  ]);
});

test("what changes during an action and shortly after carries its command", async () => {
  const systemd = new ListedDriver();
  systemd.put("nginx.service", { state: "running", run: "1" });
  const { watch, notes, clock } = world(systemd);
  await watch.read();
  const end = watch.beginAction({ driver: "systemd", name: "nginx.service" }, "cmd-1");
  systemd.put("nginx.service", { run: "2" });
  await end();
  await clock.advance(200);
  expect(notes).toMatchObject([{ event: "restarted", cmd: "cmd-1" }]);
  await clock.advance(11_000);
  systemd.put("nginx.service", { run: "3" });
  await watch.read();
  expect(notes.at(-1)).toMatchObject({ event: "restarted", cmd: null });
});

test("[SW19] what Muster runs itself is looked at and told before anybody hears that an action ended, a hint or not", async () => {
  const process = new ListedDriver("process");
  process.put("web", { state: "running" });
  const { watch, told, clock } = world(process);
  await watch.read();
  for (const waitMs of [0, 200]) {
    process.put("web", { state: "running" });
    await watch.read();
    const end = watch.beginAction({ driver: "process", name: "web" }, "cmd");
    process.services.delete("web");
    process.changed("web");
    await clock.advance(waitMs);
    await end();
    expect(watch.services.size).toBe(0);
    expect(told.at(-1)).toEqual(["process/web", "now"]);
  }
});

test("hints are gathered and lead to one look; a name alone is read alone", async () => {
  const systemd = new ListedDriver();
  systemd.put("a.service");
  const { watch, told, clock } = world(systemd);
  await watch.read();
  expect(systemd.lists).toBe(1);
  systemd.put("a.service", { state: "stopped" });
  for (let count = 0; count < 50; count++) systemd.changed("a.service");
  await clock.advance(200);
  expect([systemd.lists, told.length]).toEqual([1, 2]);
  systemd.changed();
  systemd.changed("a.service");
  await clock.advance(200);
  expect(systemd.lists).toBe(2);
});

test("numbers alone are news only while somebody looks, and then every two seconds until the lease ends", async () => {
  const systemd = new ListedDriver();
  systemd.put("a.service", { state: "running", run: "1", cpuSeconds: 1 });
  const { watch, told, clock } = world(systemd);
  await watch.read();
  systemd.put("a.service", { cpuSeconds: 2 });
  await watch.read();
  expect(told).toHaveLength(1);
  watch.focus(5_000);
  systemd.put("a.service", { cpuSeconds: 3 });
  await clock.advance(2_100);
  expect(told).toHaveLength(2);
  const lists = systemd.lists;
  await clock.advance(60_000);
  expect(systemd.lists - lists).toBeLessThanOrEqual(2);
  expect(clock.pendingTimers).toBe(0);
});

test("a driver that fails keeps what it told, one that is not there says why and is tried again after five minutes", async () => {
  const systemd = new ListedDriver();
  const docker = new ListedDriver("container");
  docker.works = { ok: false, why: "no socket" };
  systemd.put("a.service", { state: "running" });
  const { watch, clock, notes } = world(systemd, docker);
  await watch.read();
  systemd.breaks = new Error("systemctl is gone");
  await watch.read();
  expect([...watch.services.keys()]).toEqual(["systemd/a.service"]);
  expect(notes).toEqual([]);
  expect(watch.drivers).toEqual([
    { name: "systemd", ok: true, why: "" },
    { name: "container", ok: false, why: "no socket" },
  ]);
  docker.works = { ok: true };
  docker.put("web", { state: "running" });
  await watch.read();
  expect(docker.detections).toBe(1);
  await clock.advance(300_000);
  await watch.read();
  expect(watch.services.has("container/web")).toBe(true);
});

test("what the policy grants stands beside each service, and follows the file", async () => {
  const systemd = new ListedDriver();
  const docker = new ListedDriver("container");
  systemd.put("nginx.service", { verbs: ["start", "stop", "restart"] });
  systemd.put("app.service", { verbs: ["start", "stop", "restart"] });
  docker.put("web", { verbs: ["restart", "pause", "kill"] });
  const { watch, policy } = world(systemd, docker);
  await watch.read();
  expect([...watch.services.values()].flatMap(({ granted }) => granted)).toEqual([]);
  policy.now = {
    source: "file",
    sha256: "",
    policy: {
      ...MONITOR_ONLY,
      allow: [
        { action: "service.restart", driver: "systemd", names: ["nginx.service"] },
        { action: "container.kill", names: ["web"], signals: ["KILL"] },
        { action: "logs.read", driver: "systemd", names: ["app.service"] },
      ],
    },
  };
  await watch.read();
  expect([...watch.services.values()].map(({ name, granted, isLogGranted }) => [name, granted, isLogGranted])).toEqual([
    ["nginx.service", ["restart"], false],
    ["app.service", [], true],
    ["web", ["kill"], false],
  ]);
});

test("a driver that writes the ledger itself is not spoken for", async () => {
  const own = new ListedDriver("process");
  own.put("worker", { state: "running", run: "1" });
  const { watch, notes } = world(own);
  await watch.read();
  own.put("worker", { state: "failed", run: null });
  await watch.read();
  expect(notes).toEqual([]);
});

/** A driver that answers with what it saw when it was asked, but only when it is let. */
class SlowDriver extends ListedDriver {
  readonly #answers: (() => void)[] = [];

  override async list(): Promise<readonly ServiceStatus[]> {
    return this.#later(await super.list());
  }

  override async read(name: string): Promise<ServiceStatus | undefined> {
    return this.#later(await super.read(name));
  }

  get asked(): number {
    return this.#answers.length;
  }

  answer(): void {
    for (const give of this.#answers.splice(0)) give();
  }

  #later<T>(seen: T): Promise<T> {
    return new Promise((resolve) => this.#answers.push(() => resolve(seen)));
  }
}

test("[SW5] what an older look saw never comes after a newer one, and a slow driver holds up its own services only", async () => {
  const docker = new SlowDriver("container");
  const systemd = new ListedDriver();
  docker.put("web", { state: "running", run: "1" });
  systemd.put("a.service", { state: "running", run: "1" });
  const { clock, watch, notes } = world(systemd, docker);
  const settled = async (): Promise<void> => {
    await clock.advance(200);
    for (; docker.asked > 0; await clock.advance(0)) docker.answer();
  };
  void watch.read();
  await settled();
  void watch.read();
  await clock.advance(0);
  docker.put("web", { run: "2" });
  docker.changed("web");
  systemd.put("a.service", { run: "2" });
  systemd.changed("a.service");
  await clock.advance(200);
  expect(watch.services.get("systemd/a.service")?.run).toBe("2");
  await settled();
  expect(watch.services.get("container/web")?.run).toBe("2");
  expect(notes.map(({ name, event }) => [name, event])).toEqual([
    ["a.service", "restarted"],
    ["web", "restarted"],
  ]);
});

test("[SW5] a driver that is slow keeps no other from being read, and what changes meanwhile is one look afterwards", async () => {
  const docker = new SlowDriver("container");
  const systemd = new ListedDriver();
  docker.put("web", { state: "running" });
  systemd.put("a.service", { state: "running" });
  const { clock, watch } = world(docker, systemd);
  void watch.read();
  await clock.advance(0);
  expect([...watch.services.keys()]).toEqual(["systemd/a.service"]);
  docker.answer();
  await clock.advance(0);
  let reads = 0;
  const read = docker.read.bind(docker);
  docker.read = (name) => (reads++, read(name));
  for (let change = 0; change < 20; change++) {
    docker.changed("web");
    await clock.advance(200);
  }
  for (; docker.asked > 0; await clock.advance(0)) docker.answer();
  expect(reads).toBe(2);
});

test("a stop waits for every look, those that hints led to as well, and nothing is noted after", async () => {
  const docker = new SlowDriver("container");
  docker.put("web", { state: "running", run: "1" });
  const { clock, watch, notes } = world(docker);
  void watch.read();
  await clock.advance(0);
  docker.answer();
  await clock.advance(0);
  docker.put("web", { run: "2" });
  docker.changed("web");
  await clock.advance(200);
  let isStopped = false;
  const stopping = watch.stop().then(() => (isStopped = true));
  await clock.advance(0);
  expect([docker.asked, isStopped]).toEqual([1, false]);
  docker.answer();
  await stopping;
  const noted = notes.length;
  await clock.advance(1_000);
  expect([notes.length, docker.asked, clock.pendingTimers]).toEqual([noted, 0, 0]);
});

test("[PR80] a service is told within the limits of a frame, and one whose name is too long not at all", async () => {
  const driver = new ListedDriver();
  driver.put("web", { rawState: "x".repeat(1_000) });
  driver.put("n".repeat(257));
  const { watch, told } = world(driver);
  await watch.read();
  expect(told).toEqual([["systemd/web"]]);
  expect(watch.services.get("systemd/web")!.rawState).toHaveLength(200);
});
