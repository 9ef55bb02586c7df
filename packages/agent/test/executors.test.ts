import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseProcessStat } from "@muster/core";
import type { ActionArgs, Execution, Policy, ServiceKey } from "@muster/core";
import type { ActingHost } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { AGENT_LIMITS } from "@muster/protocol";
import { needs, temporaryDirectory, waitFor } from "@muster/testkit";
import { afterAll, describe, expect, test } from "vitest";
import type { CommandDesk } from "../src/commands/command-desk.ts";
import { Journal } from "../src/commands/journal.ts";
import { LocalHost } from "../src/local-host.ts";
import { bodyOf, DeskWorld, MemoryDriver, policyOf } from "./desk-world.ts";

const host = new LocalHost(systemClock);
afterAll(() => host.close());

/** A desk on this very machine, under this policy, with a real clock. */
async function machine(allow: Policy["allow"], acting: ActingHost = host) {
  const directory = await temporaryDirectory("executors");
  const world = new DeskWorld();
  world.policy = policyOf(allow);
  const journal = new Journal(directory.file("journal"), world.clock.now());
  const desk = world.desk(journal, { host: acting, clock: systemClock });
  world.hubClock.tell(world.clock.now());
  return {
    world,
    desk,
    directory,
    ask: (action: string, args: ActionArgs = {}) => world.outcome(desk, action, args),
    async [Symbol.asyncDispose]() {
      await desk.stop();
      journal.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const startTicksOf = (pid: number): number => parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"))!.startTicks;
const ownUser = process.getuid?.() === 0 ? "root" : String(process.getuid?.());

async function sleeper(script = "exec sleep 300", uid?: number): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn("/bin/sh", ["-c", script], { stdio: "ignore", ...(uid === undefined ? {} : { uid, gid: uid }) });
  await waitFor(() => child.pid !== undefined && existsSync(`/proc/${child.pid}/stat`), { describe: "the child" });
  return child as ChildProcess & { readonly pid: number };
}

describe("process.kill", () => {
  const allow = [{ action: "process.kill", users: [ownUser], signals: ["TERM", "KILL", "USR1", "STOP"] }] as const;

  test("ends the one process that was meant, and sees that it is gone", async () => {
    await using here = await machine(allow);
    const child = await sleeper();
    const args = { pid: child.pid, startTicks: startTicksOf(child.pid), user: ownUser, signal: "TERM" };
    expect(await here.ask("process.kill", args)).toMatchObject({ outcome: "succeeded", detail: "it is gone" });
    expect(isGone(child.pid)).toBe(true);
  });

  test("a signal that ends nothing is delivered and no more is claimed", async () => {
    await using here = await machine(allow);
    await using directory = await temporaryDirectory("signal");
    const seen = directory.file("seen");
    const child = await sleeper(`trap 'touch ${seen}' USR1; touch ${seen}.ready; while :; do sleep 0.05; done`);
    await waitFor(() => existsSync(`${seen}.ready`), { describe: "the trap" });
    const args = { pid: child.pid, startTicks: startTicksOf(child.pid), user: ownUser, signal: "USR1" };
    expect(await here.ask("process.kill", args)).toMatchObject({ outcome: "succeeded", detail: "signal delivered" });
    await waitFor(() => existsSync(seen), { describe: "the signal" });
    child.kill("SIGKILL");
  });

  test("[PR56] an agent that is stopped meanwhile says nothing yet; the next one finds out what came of it", async () => {
    const here = await machine(allow);
    await using directory = await temporaryDirectory("signal");
    const seen = directory.file("seen");
    const child = await sleeper(`trap 'touch ${seen}' TERM; touch ${seen}.ready; while :; do sleep 0.05; done`);
    await waitFor(() => existsSync(`${seen}.ready`), { describe: "the trap" });
    const args = { pid: child.pid, startTicks: startTicksOf(child.pid), user: ownUser, signal: "TERM" };
    const asked = here.ask("process.kill", args);
    asked.catch(() => undefined);
    await waitFor(() => existsSync(seen), { describe: "the signal" });
    await here[Symbol.asyncDispose]();
    await expect(asked).rejects.toThrow("no result: later");
    child.kill("SIGKILL");
  });

  test("[CM-11] another start, the first process, the agent, a kernel thread, missing arguments: refused, nothing dies", async () => {
    await using here = await machine(allow);
    const child = await sleeper();
    const good = { pid: child.pid, startTicks: startTicksOf(child.pid), user: ownUser, signal: "KILL" };
    const kernel = readdirSync("/proc")
      .map(Number)
      .find((pid) => pid > 1 && isKernelThread(pid));
    const cases: [ActionArgs, string][] = [
      [{ ...good, startTicks: good.startTicks + 1 }, "no process with this number and this start"],
      [{ ...good, pid: 4_194_303 }, "no process"],
      [{ ...good, pid: 1, startTicks: startTicksOf(1) }, "first process"],
      [{ ...good, pid: process.pid, startTicks: startTicksOf(process.pid) }, "does not signal itself"],
      [{ ...good, pid: -child.pid }, "must name one process"],
      [{ ...good, pid: 0 }, "must name one process"],
      [{ pid: child.pid, user: ownUser, signal: "KILL" }, "must name one process"],
      [{ ...good, user: "nobody" }, "names this target"],
      [{ ...good, signal: "HUP" }, "names this target"],
    ];
    if (kernel !== undefined)
      cases.push([{ ...good, pid: kernel, startTicks: startTicksOf(kernel) }, "thread of the kernel"]);
    for (const [args, why] of cases) {
      const { outcome, detail } = await here.ask("process.kill", args);
      expect({ outcome, detail }, why).toEqual({ outcome: "refused", detail: expect.stringContaining(why) });
    }
    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
    child.kill("SIGKILL");
  });
});

const isKernelThread = (pid: number): boolean => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return (Number(text.slice(text.lastIndexOf(") ") + 2).split(" ")[6]) & 0x00200000) !== 0;
  } catch {
    return false;
  }
};

const describeRoot = await needs("root");
describeRoot("process.kill by root", () => {
  test("[CM-11] a process of a user whom the policy does not list is refused, whatever user the hub claims", async () => {
    await using here = await machine([{ action: "process.kill", users: ["root", "daemon"], signals: ["KILL"] }]);
    const child = await sleeper("exec sleep 300", 65_534);
    const args = { pid: child.pid, startTicks: startTicksOf(child.pid), signal: "KILL" };
    for (const user of ["root", "daemon"])
      expect(await here.ask("process.kill", { ...args, user })).toMatchObject({
        outcome: "refused",
        detail: `it is a process of nobody, not of ${user}`,
      });
    expect((await here.ask("process.kill", { ...args, user: "nobody" })).detail).toContain("names this target");
    expect(child.signalCode).toBeNull();
    child.kill("SIGKILL");
  });
});

describe("exec.run", () => {
  async function command(script: string, more: Partial<Policy["allow"][number]> = {}) {
    const files = await temporaryDirectory("command");
    const path = files.file("command");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    const here = await machine([{ action: "exec.run", name: "it", exec: path, ...more }]);
    return {
      ...here,
      files,
      async [Symbol.asyncDispose]() {
        await here[Symbol.asyncDispose]();
        await files[Symbol.asyncDispose]();
      },
    };
  }

  test("runs the program of the policy with the declared arguments in their order; output and exit come back", async () => {
    await using here = await command('printf "%s|" "$0" "$@"; echo to-stderr >&2; exit 3', {
      args: [
        { name: "days", type: "int", min: 1, max: 9 },
        { name: "mode", type: "choice", values: ["fast", "slow"] },
      ],
    });
    const result = await here.ask("exec.run", { mode: "slow", command: "it", days: 7 });
    expect(result).toMatchObject({ outcome: "failed", exit: 3, detail: "exit 3" });
    expect(result.output).toBe(`${here.files.file("command")}|7|slow|to-stderr\n`);
    expect((await here.ask("exec.run", { command: "it", days: 10, mode: "fast" })).outcome).toBe("refused");
    expect((await here.ask("exec.run", { command: "it", days: 1, mode: "fast", x: "y" })).outcome).toBe("refused");
    expect((await here.ask("exec.run", { command: "it", days: 1 })).outcome).toBe("refused");
  });

  test("[CM-07] PATH, LD_PRELOAD and NODE_OPTIONS of the agent do not reach it", async () => {
    await using here = await command("/usr/bin/env");
    const before = { ...process.env };
    Object.assign(process.env, {
      LD_PRELOAD: "",
      NODE_OPTIONS: "--title=x",
      PATH: `/tmp:${process.env["PATH"]}`,
      SECRET: "s",
    });
    const { output } = await here.ask("exec.run", { command: "it" });
    process.env = before;
    const names = output!
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split("=")[0]);
    expect(new Set(names)).toEqual(new Set(["LANG", "PATH", "PWD"]));
    expect(output).toContain("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
  });

  test("[CM-13] 1 GB of output is cut at 256 KiB and fits its frame, also when every character must be escaped", async () => {
    await using here = await command(`head -c 1000000000 /dev/zero | tr '\\0' '"'`);
    const result = await here.ask("exec.run", { command: "it" });
    expect(result).toMatchObject({ outcome: "succeeded", detail: "exit 0; its output is cut" });
    expect(result.output!.length).toBeLessThanOrEqual(AGENT_LIMITS.outputBytesMax);
    expect(result.output!.length).toBeGreaterThan(64 * 1024);
    const body = JSON.stringify(result);
    expect(body.length).toBeLessThanOrEqual(AGENT_LIMITS.resultBytesMax);
    expect(JSON.stringify({ body }).length).toBeLessThanOrEqual(AGENT_LIMITS.frameBytesMax);
    await using binary = await command("head -c 300000 /dev/urandom");
    const noise = await binary.ask("exec.run", { command: "it" });
    // eslint-disable-next-line no-control-regex -- they are what must not be there
    expect(noise.output).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
    expect(JSON.stringify({ body: JSON.stringify(noise) }).length).toBeLessThanOrEqual(AGENT_LIMITS.frameBytesMax);
  }, 120_000);

  test("[CM-13] a time-out ends the whole group: no orphan is left", async () => {
    await using here = await command('sleep 300 & echo $! > "$(dirname "$0")/pid"; (sleep 300 & wait) ; wait', {
      timeoutMs: 400,
    });
    const result = await here.ask("exec.run", { command: "it" });
    expect(result).toMatchObject({ outcome: "failed", detail: "ended with all that it had started, after 0.4 s" });
    const pid = Number(readFileSync(here.files.file("pid"), "utf8"));
    await waitFor(() => isGone(pid), { describe: "the grandchild gone" });
  });

  test("an agent that stops ends what runs and says so", async () => {
    await using here = await command('echo $$ > "$(dirname "$0")/pid"; sleep 300');
    const asked = here.ask("exec.run", { command: "it" });
    await waitFor(() => existsSync(here.files.file("pid")), { describe: "it runs" });
    await here.desk.stop();
    expect((await asked).detail).toContain("because muster stopped");
    await waitFor(() => isGone(Number(readFileSync(here.files.file("pid"), "utf8"))), { describe: "gone" });
  });
});

const isGone = (pid: number): boolean => {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"))?.state === "zombie";
  } catch {
    return true;
  }
};

describe("server.reboot", () => {
  /** A machine that says it reboots; the boot id is what the test sets. */
  function rebooting(answer: { readonly exitCode: number; readonly stderr: string }) {
    const state = { bootId: "boot-1\n", calls: [] as (readonly string[])[] };
    const acting = new Proxy(host, {
      get(target, name) {
        if (name === "readFile")
          return (path: string) => Promise.resolve(path.endsWith("boot_id") ? state.bootId : undefined);
        if (name === "execute")
          return (argv: readonly string[]) => {
            state.calls.push(argv);
            return Promise.resolve({ ...answer, stdout: "", truncated: false });
          };
        return Reflect.get(target, name, target) as unknown;
      },
    });
    return { state, acting };
  }
  const allow = [{ action: "server.reboot", minIntervalMs: 600_000 }] as const;

  test("[CM-12] it is proven by another boot id, seen by the agent that is back, and not asked for twice", async () => {
    await using directory = await temporaryDirectory("reboot");
    const { state, acting } = rebooting({ exitCode: 0, stderr: "" });
    const world = new DeskWorld();
    world.policy = policyOf(allow);
    let journal = new Journal(directory.path, world.clock.now());
    let desk: CommandDesk = world.desk(journal, { host: acting });
    const core = world.core("c1", "server.reboot", {});
    const asked = desk.take(world.frame(core), world.session);
    await waitFor(() => state.calls.length === 1, { describe: "systemctl" });
    expect(state.calls).toEqual([["/usr/bin/systemctl", "--no-ask-password", "reboot"]]);
    await desk.stop();
    expect((await asked).is).toBe("later");
    journal.close();
    // The machine went down and came back.
    state.bootId = "boot-2\n";
    journal = new Journal(directory.path, world.clock.now());
    desk = world.desk(journal, { host: acting });
    desk.recover(world.keys);
    const result = bodyOf(await desk.take(world.frame(core), world.session));
    expect(result).toMatchObject({ outcome: "succeeded", detail: "the machine has booted anew" });
    expect(state.calls).toHaveLength(1);
    const soon = await world.outcome(desk, "server.reboot");
    expect(soon).toMatchObject({ outcome: "refused", detail: expect.stringContaining("waits 600 s in between") });
    journal.close();
  });

  test("[CM-12] the same boot after the time for shutting down is a failure, and a denial is a refusal", async () => {
    const denied = rebooting({ exitCode: 1, stderr: "Call to Reboot failed: Access denied" });
    await using here = await machine(allow, denied.acting);
    expect(await here.ask("server.reboot")).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("Access denied"),
    });
    await using directory = await temporaryDirectory("reboot");
    const { state, acting } = rebooting({ exitCode: 0, stderr: "" });
    const world = new DeskWorld();
    world.policy = policyOf(allow);
    const journal = new Journal(directory.path, world.clock.now());
    const asked = world.outcome(world.desk(journal, { host: acting }), "server.reboot");
    await waitFor(() => state.calls.length === 1, { describe: "systemctl" });
    await world.clock.advance(5 * 60_000);
    expect(await asked).toMatchObject({ outcome: "failed", detail: expect.stringContaining("has not done so") });
    journal.close();
  });
});

describe("side by side", () => {
  test("two targets do not wait for each other, two commands on one do, in their order", async () => {
    await using directory = await temporaryDirectory("lanes");
    const world = new DeskWorld();
    world.policy = policyOf([{ action: "service.restart", driver: "systemd", names: ["slow", "fast"] }]);
    const journal = new Journal(directory.path, world.clock.now());
    const open = Promise.withResolvers<void>();
    let isFirst = true;
    const driver = new MemoryDriver(async () => {
      if (isFirst) {
        isFirst = false;
        await open.promise;
      }
    });
    const desk = world.desk(journal, { drivers: new Map([["systemd", driver]]) });
    const ends: string[] = [];
    const restart = (name: string, cmd: string) =>
      world
        .outcome(desk, "service.restart", { driver: "systemd", name }, cmd)
        .then((result) => void ends.push(result.cmd));
    const all = [restart("slow", "slow-1"), restart("slow", "slow-2"), restart("fast", "fast-1")];
    await waitFor(() => ends.includes("fast-1"), { describe: "the other target" });
    expect(ends).toEqual(["fast-1"]);
    open.resolve();
    await Promise.all(all);
    expect(ends).toEqual(["fast-1", "slow-1", "slow-2"]);
    expect(driver.overlapMax).toBe(1);
    journal.close();
  });

  test("[PR56] a stop does not wait for a look at a service that answers nothing", async () => {
    await using directory = await temporaryDirectory("lanes");
    const world = new DeskWorld();
    world.policy = policyOf([{ action: "service.restart", driver: "systemd", names: ["s"] }]);
    const journal = new Journal(directory.path, world.clock.now());
    const looking = Promise.withResolvers<void>();
    class Mute extends MemoryDriver {
      #hasActed = false;
      override act(): Promise<Execution> {
        this.#hasActed = true;
        return Promise.resolve({ outcome: "unknown", detail: "not done in time" });
      }
      override read(name: string, signal: AbortSignal = AbortSignal.abort()) {
        if (!this.#hasActed) return super.read(name);
        looking.resolve();
        return new Promise<never>((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
        );
      }
    }
    const desk = world.desk(journal, { drivers: new Map([["systemd", new Mute()]]) });
    const asked = world.outcome(desk, "service.restart", { driver: "systemd", name: "s" });
    asked.catch(() => undefined);
    await looking.promise;
    await desk.stop();
    await expect(asked).rejects.toThrow("no result: later");
    expect([journal.unfinished().length, world.clock.pendingTimers]).toEqual([1, 0]);
    journal.close();
  });

  test("one that waited past its time is not begun", async () => {
    await using directory = await temporaryDirectory("lanes");
    const world = new DeskWorld();
    world.policy = policyOf([{ action: "service.restart", driver: "systemd", names: ["s"] }]);
    const journal = new Journal(directory.path, world.clock.now());
    const open = Promise.withResolvers<void>();
    const driver = new MemoryDriver(() => open.promise);
    const desk = world.desk(journal, { drivers: new Map([["systemd", driver]]) });
    const restart = (cmd: string) => world.outcome(desk, "service.restart", { driver: "systemd", name: "s" }, cmd);
    const all = [restart("one"), restart("two")];
    await waitFor(() => journal.unfinished().length === 2, { describe: "both journaled" });
    await world.clock.advance(61_000);
    open.resolve();
    const [one, two] = await Promise.all(all);
    expect(one!.outcome).toBe("succeeded");
    expect(two).toMatchObject({ outcome: "failed", detail: expect.stringContaining("its time passed") });
    expect(driver.effects.get("s")).toBe(1);
    journal.close();
  });
});

describe("definitions", () => {
  test("[CM-14] a definition goes to its keeper whole and stands in no journal", async () => {
    await using directory = await temporaryDirectory("define");
    const world = new DeskWorld();
    world.policy = policyOf([
      { action: "service.define", driver: "process", names: ["web"], programs: ["/usr/bin/web"] },
    ]);
    const journal = new Journal(directory.path, world.clock.now());
    const defined: string[] = [];
    const definitions = {
      define(_: ServiceKey, text: string): Execution {
        defined.push(text);
        return { outcome: "succeeded", detail: "" };
      },
      undefine: () => Promise.reject(new Error("not here")),
    };
    const desk = world.desk(journal, { definitions });
    const define = (definition: object) =>
      world.outcome(desk, "service.define", { driver: "process", name: "web", definition: JSON.stringify(definition) });
    const good = {
      driver: "process",
      name: "web",
      command: ["/usr/bin/web"],
      secrets: { KEY: "canary".padEnd(60_000, "!") },
    };
    expect((await define(good)).outcome).toBe("succeeded");
    expect(defined).toEqual([JSON.stringify(good)]);
    expect((await define({ ...good, name: "ssh" })).detail).toContain("another service");
    expect((await define({ ...good, command: ["/bin/sh"] })).outcome).toBe("refused");
    expect(readFileSync(directory.file("commands.jsonl"), "utf8")).not.toContain("canary");
    journal.close();
  });
});

test("[PR50] a delivery that is refused does not make older ones old: its number was never accepted", async () => {
  await using directory = await temporaryDirectory("gate");
  const world = new DeskWorld();
  const journal = new Journal(directory.path, world.clock.now());
  const desk = world.desk(journal);
  const early = world.frame(world.core("c1", "agent.ping", {}));
  const late = world.frame(world.core("c2", "agent.ping", {}));
  const refused = bodyOf(await desk.take(late, { ...world.session, sessionId: "session-2" }));
  expect(refused).toMatchObject({ outcome: "refused", detail: "it was made for another session" });
  expect(bodyOf(await desk.take(early, world.session)).outcome).toBe("succeeded");
  journal.close();
});
