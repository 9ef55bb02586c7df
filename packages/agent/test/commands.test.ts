import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ACTIONS, DRIVER_NAMES, parseProcessStat } from "@muster/core";
import type { ActingHost } from "@muster/host";
import { fromBase64url, generateKeys, systemClock, toBase64url } from "@muster/node-kit";
import type { CommandFrame } from "@muster/protocol";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { joinHub } from "../src/join.ts";
import { runAgent } from "../src/run-agent.ts";
import { countingKind, emptyHost, silentLogger, testConfig } from "./agent-fixture.ts";
import { LocalHost } from "../src/local-host.ts";
import { MemoryDriver } from "./desk-world.ts";
import { ScriptedHub } from "./scripted-hub.ts";

interface Fleet extends AsyncDisposable {
  readonly hub: ScriptedHub;
  readonly directory: TemporaryDirectory;
  readonly policyPath: string;
  readonly stateDirectory: string;
  /** What commands could act on, if they were let. */
  readonly driver: MemoryDriver;
  /** Programs that would have been run. */
  readonly executed: readonly (readonly string[])[];
  /** Ends the agent and starts it anew on the same state. */
  restart(): Promise<void>;
}

/** A hub with all real keys and an agent connected to it; without a policy unless one is given. */
async function fleet(policy?: string): Promise<Fleet> {
  const directory = await temporaryDirectory("agent");
  const hub = await ScriptedHub.start();
  const stateDirectory = directory.file("state");
  await joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory });
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const policyPath = directory.file("etc", "policy.yaml");
  if (policy !== undefined) writeFileSync(policyPath, policy, { mode: 0o644 });
  const driver = new MemoryDriver();
  const local = new LocalHost(systemClock);
  const executed: (readonly string[])[] = [];
  // This very machine, but for programs: a test that is let to reboot would.
  const acting = new Proxy<ActingHost>(local, {
    get(_, name) {
      if (name === "execute")
        return (argv: readonly string[]) => {
          executed.push(argv);
          return Promise.resolve({ exitCode: 1, stdout: "", stderr: "no program is run here", truncated: false });
        };
      const value: unknown = Reflect.get(local, name, local);
      return typeof value === "function" ? (value as () => unknown).bind(local) : value;
    },
  });
  const drivers = new Map(DRIVER_NAMES.map((name) => [name, driver]));
  const start = async () => {
    const before = hub.connections.length;
    const agent = await runAgent(testConfig(stateDirectory, { intervalMs: 500, policyPath }), {
      log: silentLogger,
      host: emptyHost,
      acting,
      drivers,
      definitions: {
        define() {
          driver.effects.set("define", 1);
          return { outcome: "succeeded", detail: "" };
        },
        undefine() {
          driver.effects.set("undefine", 1);
          return Promise.resolve({ outcome: "succeeded", detail: "" });
        },
      },
      kinds: [countingKind()],
      random: () => 0,
      policyOwnerUid: process.getuid?.() ?? 0,
    });
    await waitFor(() => hub.connections.length > before && agent.state() === "ready", { describe: "a connection" });
    return agent;
  };
  let agent = await start();
  return {
    hub,
    directory,
    policyPath,
    stateDirectory,
    driver,
    executed,
    async restart() {
      await agent.stop();
      agent = await start();
    },
    async [Symbol.asyncDispose]() {
      await agent.stop();
      local.close();
      await hub.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Sends and waits for the outcome. */
async function outcomeOf(hub: ScriptedHub, { frame, cmd }: { frame: CommandFrame; cmd: string }) {
  const before = hub.results.length;
  hub.connection.send(frame);
  return waitFor(() => hub.results.slice(before).find((result) => result.cmd === cmd), {
    describe: `result of ${cmd}`,
  });
}

/** Arguments with which each action would match an entry that names them. */
const ARGUMENTS: Readonly<Record<string, Record<string, string | number>>> = {
  "service.start": { driver: "systemd", name: "nginx.service" },
  "service.stop": { driver: "systemd", name: "nginx.service" },
  "service.restart": { driver: "systemd", name: "nginx.service" },
  "service.define": { driver: "process", name: "web", definition: '{"command":["/usr/bin/true"]}' },
  "container.kill": { name: "web", signal: "KILL" },
  "process.kill": { pid: 10, startTicks: 1, user: "app", signal: "TERM" },
  "exec.run": { command: "rotate", days: 3 },
  "logs.read": { driver: "systemd", name: "nginx.service" },
};

test("[CM-08] a stolen hub with real keys: every action is refused and reported under the default policy, and nothing happens", async () => {
  await using world = await fleet();
  const victim = spawn("/bin/sleep", ["300"], { stdio: "ignore" });
  await waitFor(() => existsSync(`/proc/${victim.pid}/stat`), { describe: "the victim" });
  const startTicks = parseProcessStat(readFileSync(`/proc/${victim.pid}/stat`, "latin1"))!.startTicks;
  const kill = { pid: victim.pid!, startTicks, user: process.getuid?.() === 0 ? "root" : "app", signal: "KILL" };
  const asked = Object.keys(ACTIONS).filter((action) => action !== "agent.ping");
  expect(asked.length).toBeGreaterThanOrEqual(17);
  for (const action of asked) {
    const attempts = [
      ARGUMENTS[action] ?? {},
      ...(action === "process.kill" ? [kill] : []),
      ...(action === "exec.run" || action === "shell" ? [{ command: "/usr/bin/true" }] : []),
    ];
    for (const args of attempts) {
      const result = await outcomeOf(world.hub, world.hub.command(action, args));
      expect(result, action).toMatchObject({
        outcome: "refused",
        detail: expect.stringMatching(/^policy: monitor-only: this server has no policy file/),
      });
    }
  }
  const invented = await outcomeOf(world.hub, world.hub.command("agent.update", { url: "https://evil.example" }));
  expect(invented.outcome).toBe("refused");
  expect([...world.driver.effects]).toEqual([]);
  expect(world.executed).toEqual([]);
  expect(victim.signalCode).toBeNull();
  victim.kill("SIGKILL");
});

test("[CM-09] a stolen hub changes neither policy nor pin, nor where the agent asks or what it logs, by any frame, call or command", async () => {
  const policy = "version: 1\nallow:\n  - {action: service.restart, driver: systemd, names: [nginx.service]}\n";
  await using world = await fleet(policy);
  const { hub, policyPath, stateDirectory } = world;
  const lasting = (): string => {
    const { rootSha256, hubUrl, agentId, serverId } = JSON.parse(
      readFileSync(join(stateDirectory, "identity.json"), "utf8"),
    ) as Record<string, unknown>;
    const key = readFileSync(join(stateDirectory, "agent.key"), "utf8");
    return JSON.stringify([rootSha256, hubUrl, agentId, serverId, key, readFileSync(policyPath, "utf8")]);
  };
  const before = lasting();
  expect(before).not.toContain("null");
  const wishes = {
    policy: { version: 1, allow: [{ action: "server.reboot" }] },
    rootSha256: "00".repeat(32),
    hubUrl: "wss://evil.example",
    logLevel: "debug",
  };
  for (const action of ["policy.set", "policy.write", "agent.configure", "agent.update", "log.level", "pin.set"]) {
    const result = await outcomeOf(hub, hub.command(action, { policy: JSON.stringify(wishes.policy) }));
    expect(result, action).toMatchObject({ outcome: "refused", detail: expect.stringContaining("knows no action") });
  }
  // Everything it can name, aimed at the files that decide.
  for (const args of [
    { driver: "systemd", name: policyPath },
    { driver: "file", name: policyPath },
    { driver: "process", name: "web", definition: JSON.stringify({ command: ["/bin/sh"], policy: wishes.policy }) },
  ])
    for (const action of ["service.restart", "service.define", "logs.read"])
      expect((await outcomeOf(hub, hub.command(action, args))).outcome, action).toBe("refused");
  let id = 1;
  for (const name of ["policy", "policy.set", "configure", "update", "log-level", "identity"])
    hub.connection.send({ t: "call", id: id++, name, params: wishes } as never);
  for (const t of ["policy", "identity", "configure", "update", "root"])
    hub.connection.send({ t, ...wishes, body: JSON.stringify(wishes), sig: "" } as never);
  hub.connection.send({ t: "call", id: 99, name: "interval", params: { intervalMs: 1_000, ...wishes } });
  await waitFor(() => hub.received.some((frame) => frame.t === "reply" && frame.id === 99), { describe: "an answer" });
  expect(hub.received.filter((frame) => frame.t === "reply" && frame.ok)).toHaveLength(1);
  await world.restart();
  expect(lasting()).toBe(before);
  const auth = hub.received.findLast((frame) => frame.t === "auth")!;
  expect(JSON.parse(auth.body)).toMatchObject({
    policySummary: { entries: ["service.restart: driver systemd; only nginx.service"] },
  });
  expect([...world.driver.effects]).toEqual([]);
});

test("agent.ping needs no policy and succeeds", async () => {
  await using world = await fleet();
  const result = await outcomeOf(world.hub, world.hub.command("agent.ping"));
  expect(result.outcome).toBe("succeeded");
});

test("an action that the policy allows passes the gates and is done; its twin is refused", async () => {
  await using world = await fleet(
    "version: 1\nallow:\n  - {action: service.restart, driver: systemd, names: [nginx.service], max: 2/1h}\n",
  );
  const restart = (name: string) => world.hub.command("service.restart", { driver: "systemd", name });
  expect(await outcomeOf(world.hub, restart("nginx.service"))).toMatchObject({
    outcome: "succeeded",
    detail: "a new run: run 1",
  });
  expect((await outcomeOf(world.hub, restart("ssh.service"))).detail).toContain("names this target");
  await outcomeOf(world.hub, restart("nginx.service"));
  // Limits count the journal, so that a restart does not fill them up again.
  await world.restart();
  expect((await outcomeOf(world.hub, restart("nginx.service"))).detail).toContain("is used up");
  expect([...world.driver.effects]).toEqual([["nginx.service", 2]]);
});

test("[CM-10] another audience, session, an expired, a future and a too long command are refused", async () => {
  await using world = await fleet();
  const { hub } = world;
  const now = hub.script.now();
  const cases: [Parameters<ScriptedHub["command"]>[2], string][] = [
    [{ core: { agent: "agent-other" } }, "another server"],
    [{ delivery: { session: "session-other" } }, "another session"],
    [{ delivery: { iat: now - 100_000, exp: now - 40_000 } }, "too late"],
    [{ delivery: { iat: now + 45_000, exp: now + 60_000 } }, "future"],
    [{ delivery: { iat: now, exp: now + 600_000 } }, "too long"],
    [{ core: { notAfter: now - 1 } }, "its time has passed"],
    [{ delivery: { epoch: 1 } }, "restored"],
  ];
  for (const [change, why] of cases) {
    const result = await outcomeOf(hub, hub.command("agent.ping", {}, change));
    expect(result.outcome, why).toBe("refused");
    expect(result.detail).toContain(why);
  }
});

test("[CM-10] commands in another order and one played again are not executed", async () => {
  await using world = await fleet();
  const { hub } = world;
  const [first, second] = [hub.command("agent.ping"), hub.command("agent.ping")];
  expect((await outcomeOf(hub, second)).outcome).toBe("succeeded");
  expect((await outcomeOf(hub, first)).detail).toContain("older than the last");
  const again = await outcomeOf(hub, second);
  expect(again).toEqual(hub.results[0]);
  // The same after the agent forgot everything but its journal.
  await world.restart();
  expect((await outcomeOf(hub, second)).detail).toBe(hub.results[0]!.detail);
  const other = hub.command("agent.ping", {}, { core: { cmd: second.cmd, reason: "other" } });
  expect(await outcomeOf(hub, other)).toMatchObject({ outcome: "refused" });
});

test.each([
  "a flipped bit of C",
  "a flipped bit of D",
  "a flipped bit of the signature",
  "a key that is not certified",
])("[CM-10] %s: nothing is answered and the connection ends", async (what) => {
  await using world = await fleet();
  const { hub } = world;
  const made = hub.command("agent.ping", {}, what.startsWith("a key") ? { keys: generateKeys() } : {});
  const flip = (text: string) => text.replace(/[0-9](?=[^0-9]*$)/, (digit) => (digit === "1" ? "2" : "1"));
  const signature = Buffer.from(fromBase64url(made.frame.sig));
  signature[20]! ^= 4;
  const frame = {
    ...made.frame,
    ...(what.endsWith("of C") && { c: flip(made.frame.c) }),
    ...(what.endsWith("of D") && { d: flip(made.frame.d) }),
    ...(what.endsWith("signature") && { sig: toBase64url(signature) }),
  };
  const closed = new Promise<number>((resolve) => hub.connection.socket.once("close", resolve));
  hub.connection.send(frame);
  expect(await closed).toBe(4400);
  expect(hub.results).toEqual([]);
});

test("[CM-15] an unsafe or broken policy file makes the server monitor-only at the next command, and the hub is told why", async () => {
  const good = "version: 1\nallow:\n  - {action: host.reboot}\n";
  await using world = await fleet(good);
  const { hub, policyPath } = world;
  const reboot = async () => (await outcomeOf(hub, hub.command("server.reboot"))).detail;
  expect(await reboot()).toContain("systemctl said: no program is run here");
  chmodSync(policyPath, 0o666);
  expect(await reboot()).toContain("can be written by others");
  chmodSync(policyPath, 0o644);
  writeFileSync(policyPath, `${good}surprise: 1\n`);
  expect(await reboot()).toContain("surprise: unknown field");
  hub.received.length = 0;
  await world.restart();
  const auth = hub.received.find((frame) => frame.t === "auth")!;
  expect(JSON.parse(auth.body)).toMatchObject({
    policyHash: "",
    policySummary: { state: "broken", why: "surprise: unknown field", entries: [] },
  });
});

test("a result that the hub did not confirm is sent again at the next connection", async () => {
  await using world = await fleet();
  const { hub } = world;
  hub.script.intercept = (frame) => frame.t === "result";
  const { frame, cmd } = hub.command("agent.ping");
  hub.connection.send(frame);
  await waitFor(() => hub.received.some((each) => each.t === "result"), { describe: "the result" });
  hub.script.intercept = () => false;
  hub.drop();
  await waitFor(() => hub.results.some((result) => result.cmd === cmd), { describe: "the result again" });
});
