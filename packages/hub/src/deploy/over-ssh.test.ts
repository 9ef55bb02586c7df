import { Readable } from "node:stream";
import { DEPLOYMENTS, MusterError } from "@muster/core";
import type { DeployAction, DeployStep } from "@muster/core";
import type { ExecuteResult } from "@muster/host";
import { FakeClock, waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import type { FleetEvent } from "../fleet/fleet.ts";
import { SshFailure } from "../links/ssh/ssh-failure.ts";
import type { StepEvent } from "./deploy-desk.ts";
import * as scripts from "./deploy-scripts.ts";
import { DeployOverSsh } from "./over-ssh.ts";
import type { OverSshDeps } from "./over-ssh.ts";

const SERVER = { id: "01920000-0000-7000-8000-000000000001", name: "web-1" };
const FACTS = "system=Linux\nmachine=x86_64\nlibc=glibc\nsystemd=yes\nsetpriv=yes\nfree=1000000 4096\n";
const WITH_AGENT = `${FACTS}unit=yes\nnode=24.0.0 ${scripts.RUNTIME}\n`;
const never = new AbortController().signal;
const file = (bytes: number) => ({
  bytes,
  sha256: () => "0".repeat(64),
  open: () => Readable.from([Buffer.alloc(bytes)]),
});

/** What a program of ours is for, by its argument list. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  id: scripts.idArgv(),
  facts: scripts.factsArgv(),
  version: scripts.versionArgv(scripts.RUNTIME),
  install: scripts.installArgv(scripts.RUNTIME),
  start: scripts.controlArgv("start"),
  stop: scripts.controlArgv("stop"),
  remove: scripts.removeArgv(scripts.RUNTIME),
  keep: scripts.keepArgv(),
  "put back": scripts.putBackArgv(),
  forget: scripts.forgetArgv(),
  state: scripts.unitStateArgv(),
  log: scripts.unitLogArgv(),
};
const nameOf = (argv: readonly string[]): string =>
  Object.entries(PROGRAMS).find(([, known]) => JSON.stringify(known) === JSON.stringify(argv))?.[0] ??
  (argv.includes("join") ? "join" : argv.join(" "));

interface Script {
  /** Programs that fail, and what they say; `lost` ends the connection. */
  readonly fails?: Readonly<Record<string, string>>;
  readonly facts?: string;
  /** Whether a reading comes after the change; `late` is one that was made before it. */
  readonly isHeard?: boolean | "late";
  readonly uid?: "0" | "1000";
  readonly hasSent?: boolean;
}

/** A server, its hub and what was done to both. */
function world(action: DeployAction, script: Script = {}) {
  const { fails = {}, facts = action === "deploy" ? FACTS : WITH_AGENT, isHeard = true, uid = "0" } = script;
  const clock = new FakeClock();
  const done: string[] = [];
  const fed: string[] = [];
  const listeners = new Set<(event: FleetEvent) => void>();
  const known = { link: DEPLOYMENTS[action].from as string, agent: { agentVersion: "0.1.0" } };
  const tokens = new Set<string>();
  const hear = (): void => {
    if (isHeard)
      for (const listener of listeners)
        listener({ is: "read", serverId: SERVER.id, at: clock.now() - (isHeard === "late" ? 1 : 0) });
  };
  const answer = (name: string, isRoot: boolean): ExecuteResult => {
    done.push(name);
    const said = fails[name];
    if (said === "lost") throw new SshFailure("lost", "The connection to the server was lost.");
    const stdout =
      name === "id" ? (isRoot ? "0\n" : `${uid}\n`) : name === "facts" ? facts : name === "version" ? "v24.1.0\n" : "";
    return { exitCode: said === undefined ? 0 : 1, stdout, stderr: said ?? "", truncated: false };
  };
  const host = (isRoot: boolean) => ({
    execute: async (argv: readonly string[]) => answer(nameOf(argv), isRoot),
    async feed(argv: readonly string[], input: Iterable<Uint8Array>) {
      for (const chunk of input) fed.push(Buffer.from(chunk).toString());
      expect(argv.join(" ")).not.toContain("mst1");
      const ended = answer(nameOf(argv), isRoot);
      if (ended.exitCode === 0) known.link = "agent";
      return ended;
    },
    async upload(path: string, { open }: { open(): AsyncIterable<Uint8Array> }) {
      for await (const _ of open());
      const name = path === scripts.PROGRAM ? "upload" : "runtime";
      if (answer(name, isRoot).exitCode !== 0) throw new MusterError("ACTION_FAILED", { message: fails[name]! });
    },
  });
  const deps = {
    clock,
    log: { warn() {}, info() {}, debug() {}, error() {} },
    fleet: {
      get: () => ({ known }),
      listen: (listener: (event: FleetEvent) => void) => {
        listeners.add(listener);
        void Promise.resolve().then(hear);
        return () => listeners.delete(listener);
      },
      relink: async () => void done.push("relink"),
    },
    membership: {
      hasSentCommand: async () => script.hasSent ?? false,
      async detachAgent() {
        if (script.hasSent) throw new MusterError("CONFLICT", { message: "An action has not ended." });
        done.push("detach");
        known.link = "ssh";
      },
    },
    joinTokens: {
      async rebind(serverId: string) {
        tokens.add(serverId);
        return "mst1.secret";
      },
      unbind: async (serverId: string) => void tokens.delete(serverId),
    },
    agents: { isConnected: () => known.link === "agent", disconnect: () => void done.push("disconnect") },
    visit: () => ({
      settings: { host: "10.0.0.5", user: "olga" },
      ...{ host: host(false), rootHost: host(true) },
      reached: async () => undefined,
      close: () => void done.push("close"),
    }),
    cargo: {
      version: "0.1.0",
      program: file(1_000),
      runtime: { ...file(100_000), machine: "x86_64", libc: "glibc" },
    },
    hubUrl: () => "https://hub.example",
  } as unknown as OverSshDeps;
  const work = new DeployOverSsh(SERVER, action, deps);
  const told: StepEvent[] = [];
  const run = (): Promise<string> =>
    work
      .run((event) => told.push(event), never)
      .then(
        () => "succeeded",
        (error: Error) => error.message,
      );
  const begun = (): readonly DeployStep[] => told.flatMap((event) => (event.is === "began" ? [event.step] : []));
  return { work, run, done, fed, told, begun, tokens, known, clock };
}

describe("what is done to an agent over SSH", () => {
  test("[DP1] [DP7] a deployment does its steps in order, and its token goes by standard input and ends", async () => {
    const { run, done, fed, begun, tokens } = world("deploy");
    expect(await run()).toBe("succeeded");
    expect(begun()).toEqual(DEPLOYMENTS.deploy.steps);
    expect(done).toEqual(["id", "facts", "upload", "runtime", "version", "install", "stop", "join", "start"]);
    expect(fed).toEqual(["mst1.secret"]);
    expect(tokens.size).toBe(0);
  });

  test.for([
    ["facts", "check", "Nothing was changed.", []],
    ["upload", "upload", "All is as it was before.", ["remove"]],
    ["runtime", "runtime", "All is as it was before.", ["remove"]],
    ["version", "runtime", "All is as it was before.", ["remove"]],
    ["install", "install", "All is as it was before.", ["remove"]],
    ["join", "join", "All is as it was before.", ["remove"]],
    ["start", "start", "All is as it was before.", ["detach", "relink", "disconnect", "remove"]],
  ] as const)(
    "[DP8] when %s fails, step %s is told and all before it undone",
    async ([fails, step, aftermath, undone]) => {
      const { work, run, done, begun, tokens, known } = world("deploy", {
        fails: { [fails]: "no space left on device" },
      });
      expect(await run()).not.toBe("succeeded");
      expect(begun().at(-1)).toBe(step);
      const before = done.length;
      expect(await work.undo(never)).toBe(aftermath);
      expect(done.slice(before)).toEqual(undone);
      expect(known.link).toBe("ssh");
      expect(tokens.size).toBe(0);
    },
  );

  test.for([false, "late"] as const)(
    "[DP8] [DP9] an agent that is not heard within a minute (%s) is taken away, and why is told",
    async (isHeard) => {
      const { work, run, done, clock, begun, known } = world("deploy", { isHeard });
      const running = run();
      await waitFor(() => begun().at(-1) === "verify", { describe: "it waits for a reading" });
      await clock.advance(60_000);
      expect(await running).toMatch(/No reading came from the agent in time\. Its unit is unknown/);
      expect(await work.undo(never)).toBe("All is as it was before.");
      expect(done.slice(-4)).toEqual(["detach", "relink", "disconnect", "remove"]);
      expect(known.link).toBe("ssh");
    },
  );

  test("[DP8] what cannot be undone is said", async () => {
    const { work, run } = world("deploy", { fails: { start: "no", remove: "read-only file system" } });
    await run();
    expect(await work.undo(never)).toMatch(/^What could not be undone: \/usr\/local\/lib\/muster \(.*read-only/);
  });

  test("[DP8] a connection that is lost fails the step that runs", async () => {
    const { work, run, begun } = world("deploy", { fails: { install: "lost" } });
    expect(await run()).toMatch(/was lost/);
    expect(begun().at(-1)).toBe("install");
    expect(await work.undo(never)).toBe("All is as it was before.");
  });

  test("[DP2] who is not root becomes it by sudo, or is told what to allow", async () => {
    const bySudo = world("deploy", { uid: "1000" });
    expect(await bySudo.run()).toBe("succeeded");
    expect(bySudo.told.find(({ is }) => is === "ended")).toMatchObject({ detail: expect.stringContaining("by sudo") });
    const refused = world("deploy", { uid: "1000", fails: { id: "a password is required" } });
    expect(await refused.run()).toMatch(/did not make olga root.*password is required.*NOPASSWD/);
    expect(await refused.work.undo(never)).toBe("Nothing was changed.");
  });

  test("[DP7] while a command has no result it joins nothing, and gives up after half a minute", async () => {
    const { run, begun, clock, fed } = world("deploy", { hasSent: true });
    const running = run();
    await waitFor(() => begun().at(-1) === "join", { describe: "it waits" });
    for (let waited = 0; waited < 31_000; waited += 250) await clock.advance(250);
    expect(await running).toMatch(/has not ended yet/);
    expect(fed).toEqual([]);
  });

  test("[DP10] an upgrade keeps the program before it, puts it back when it fails, and forgets it afterwards", async () => {
    const good = world("upgrade");
    expect(await good.run()).toBe("succeeded");
    expect(good.done).toEqual(["id", "facts", "keep", "upload", "install", "forget"]);
    const bad = world("upgrade", { isHeard: false });
    const running = bad.run();
    await waitFor(() => bad.begun().at(-1) === "verify", { describe: "it waits for a reading" });
    await bad.clock.advance(60_000);
    await running;
    expect(await bad.work.undo(never)).toBe("All is as it was before.");
    expect(bad.done.slice(-2)).toEqual(["put back", "install"]);
  });

  test("[DP4] uninstalling removes first, then goes back; one that breaks off can be asked for again", async () => {
    const good = world("uninstall");
    expect(await good.run()).toBe("succeeded");
    expect(good.done).toEqual(["id", "facts", "remove", "detach", "relink", "disconnect"]);
    const bad = world("uninstall", { fails: { remove: "busy" } });
    expect(await bad.run()).toMatch(/could not be removed.*busy/);
    expect(bad.known.link).toBe("agent");
    expect(await bad.work.undo(never)).toMatch(/ask for it again/);
  });
});
