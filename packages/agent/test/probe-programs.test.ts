import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parsePing, pingProblem } from "@muster/core";
import type { ProgramEnd } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { PROGRAM_LIMITS } from "@muster/protocol";
import type { AgentFrame, EndFrame, ItemsFrame } from "@muster/protocol";
import { needs, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { joinHub } from "../src/join.ts";
import { LocalHost } from "../src/local-host.ts";
import { runAgent } from "../src/run-agent.ts";
import { countingKind, emptyHost, silentLogger, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";

/** A hub with real keys, and an agent whose policy names these scripts for probes. */
async function world(scripts: Readonly<Record<string, string>>) {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("probe-programs"));
  const hub = await ScriptedHub.start();
  cleanup.defer(() => hub.stop());
  const stateDirectory = directory.file("state");
  await joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory });
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const policyPath = directory.file("etc", "policy.yaml");
  const setPolicy = (text: string): void => writeFileSync(policyPath, text, { mode: 0o644 });
  const commands = Object.entries(scripts).map(([name, text]) => {
    const path = directory.file(`${name}.sh`);
    writeFileSync(path, `#!/bin/sh\ncd ${directory.path}\n${text}\n`);
    chmodSync(path, 0o755);
    return `    ${name}: [${path}, "one argument", "-x", "$(touch injected)"]`;
  });
  const others = [`    missing: [${directory.file("missing")}]`, `    closed: [${policyPath}]`];
  setPolicy(["version: 1", "probe:", "  exec:", ...commands, ...others].join("\n"));
  const host = new LocalHost(systemClock);
  cleanup.defer(() => host.close());
  const agent = await runAgent(testConfig(stateDirectory, { intervalMs: 500, policyPath }), {
    log: silentLogger,
    host: emptyHost,
    acting: host,
    kinds: [countingKind()],
    random: () => 0,
    policyOwnerUid: process.getuid?.() ?? 0,
  });
  cleanup.defer(() => agent.stop());
  await waitFor(() => agent.state() === "ready", { describe: "a connection" });
  const framesOf = <F extends AgentFrame & { readonly id: number }>(t: F["t"], id: number): F[] =>
    hub.received.filter((frame): frame is F => frame.t === t && (frame as F).id === id);
  const itemsOf = (id: number) => framesOf<ItemsFrame>("items", id).flatMap(({ items }) => items);
  let lastId = 0;
  const open = (params: unknown, asked: "probe.exec" | "probe.ping" = "probe.exec"): number => {
    hub.connection.send({ t: "open", id: ++lastId, name: asked, params, credit: 16 });
    return lastId;
  };
  const end = (id: number): Promise<EndFrame> =>
    waitFor(() => framesOf<EndFrame>("end", id)[0], { timeoutMs: 15_000, describe: `the end of stream ${id}` });
  const owned = cleanup.move();
  return {
    ...{ hub, agent, directory, setPolicy, open, end, itemsOf },
    /** What a run says from its beginning to its end. */
    async run(name: unknown) {
      const id = open({ name });
      const { error } = await end(id);
      return { items: itemsOf(id), error };
    },
    /** The same of a ping. */
    async ping(params: unknown) {
      const id = open(params, "probe.ping");
      const { error } = await end(id);
      return { items: itemsOf(id), error };
    },
    close: (id: number) => hub.connection.send({ t: "close", id }),
    /** A process id that a script has written into a file. */
    pidIn: (name: string): Promise<number> =>
      waitFor(
        () => {
          const path = directory.file(name);
          return existsSync(path) ? Number(readFileSync(path, "utf8")) || undefined : undefined;
        },
        { describe: `a process id in ${name}` },
      ),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie is nobody any more.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};
const gone = (pid: number): Promise<unknown> =>
  waitFor(() => !isAlive(pid), { timeoutMs: 10_000, describe: `process ${pid} to be gone` });
/** Writes down who runs, with a child in its group, and waits for ever. */
const HANGING = "sleep 1000 & echo $! >child; echo $$ >leader; wait";

test("[PR77] [PO20] a program that the policy names is run with the policy's arguments, and its end is told", async () => {
  await using at = await world({
    good: 'echo "well: $1, $2, $3"; echo "to nobody" >&2; echo number=1',
    bad: "echo broken; exit 2",
    killed: "kill -KILL $$",
    silent: "exit 3",
  });
  expect(await at.run("good")).toEqual({
    items: [
      { started: true },
      {
        exitCode: 0,
        stdout: "well: one argument, -x, $(touch injected)\nnumber=1\n",
        stderr: "to nobody\n",
        isCut: false,
      },
    ],
    error: "",
  });
  expect(existsSync(at.directory.file("injected"))).toBe(false);
  expect((await at.run("bad")).items[1]).toEqual({ exitCode: 2, stdout: "broken\n", stderr: "", isCut: false });
  expect((await at.run("killed")).items[1]).toEqual({ exitCode: null, stdout: "", stderr: "", isCut: false });
  expect((await at.run("silent")).items[1]).toMatchObject({ exitCode: 3 });
  for (const [name, error] of [
    ["missing", "there is no such program"],
    ["closed", "the program may not be run"],
  ])
    expect(await at.run(name)).toEqual({ items: [{ started: true }], error });
});

test("[PR77] output is bounded and is text, whatever it is", async () => {
  await using at = await world({
    binary: String.raw`printf 'caf\351 \377\376\000\033[31m\342\200\256end\n'`,
    much: "head -c 1000000 /dev/zero | tr '\\0' x; head -c 1000000 /dev/zero | tr '\\0' y >&2",
    controls: "head -c 10000 /dev/zero",
  });
  expect((await at.run("binary")).items[1]).toMatchObject({
    stdout: "caf\uFFFD \uFFFD\uFFFD\0\u001b[31m\u202eend\n",
    isCut: false,
  });
  const much = (await at.run("much")).items[1] as { readonly stdout: string; readonly stderr: string };
  expect(much).toMatchObject({ exitCode: 0, isCut: true });
  expect(much.stdout.length + much.stderr.length).toBe(PROGRAM_LIMITS.outputBytesMax);
  expect((await at.run("controls")).items[1]).toMatchObject({ stdout: "\0".repeat(10_000), isCut: false });
});

test("[PR77] [CM-01] [CM-03] what is no name of a policy starts nothing", async () => {
  await using at = await world({ good: "echo >ran" });
  const others = ["..", "../good", "/bin/sh", "good; touch injected", "go od", "-good", "--help", "$(touch injected)"];
  for (const name of [...others, "good\n", "", "x".repeat(300), 7, null, ["good"], { name: "good" }])
    expect(await at.run(name)).toEqual({ items: [], error: "the name of a program is not valid" });
  for (const file of ["ran", "injected"]) expect(existsSync(at.directory.file(file))).toBe(false);
});

test("[PR77] [PO20] [CM-08] a name that the policy does not have starts nothing, and the line to add is told", async () => {
  await using at = await world({ good: "echo well" });
  for (const name of ["other", "good2", "Good", "constructor", "__proto__", "sh"]) {
    const { items, error } = await at.run(name);
    expect(items).toEqual([]);
    expect(error).toBe(
      `policy: it names no program ${name} for probes; to allow one, add "${name}: [/path/to/the/program]" under probe: exec:`,
    );
  }
  // What the hub adds to the name changes nothing.
  const id = at.open({ name: "good", args: ["--other"], argv: ["/bin/false"], exec: "/bin/false" });
  await at.end(id);
  expect(at.itemsOf(id)[1]).toMatchObject({ exitCode: 0, stdout: "well\n" });

  at.setPolicy("version: 1\nallow: [{action: exec.run, name: good, exec: /bin/true}]\n");
  expect((await at.run("good")).error).toMatch(/^policy: it names no program good/);
  at.setPolicy("version: 1\nprobe: {exec: {good: [/bin/sh, -c, exit 1]}}\n");
  expect((await at.run("good")).items[1]).toMatchObject({ exitCode: 1 });
  at.setPolicy("version: 1\nprobe: {exec: {good: [sh]}}\n");
  expect((await at.run("good")).error).toMatch(/^policy: /);
});

test("[PR77] [CM-13] closing the stream ends the program with all that it has started", async () => {
  await using at = await world({
    hanging: HANGING,
    endless: `echo $$ >leader; yes`,
    deaf: `trap '' TERM INT HUP; ${HANGING}`,
  });
  for (const name of ["hanging", "deaf"]) {
    const id = at.open({ name });
    const [leader, child] = [await at.pidIn("leader"), await at.pidIn("child")];
    expect([isAlive(leader), isAlive(child)]).toEqual([true, true]);
    at.close(id);
    await Promise.all([gone(leader), gone(child)]);
    for (const file of ["leader", "child"]) writeFileSync(at.directory.file(file), "");
  }
  const id = at.open({ name: "endless" });
  const leader = await at.pidIn("leader");
  at.close(id);
  await gone(leader);
});

test("[PR77] what runs ends with the session", async () => {
  await using at = await world({ hanging: HANGING });
  at.open({ name: "hanging" });
  const [leader, child] = [await at.pidIn("leader"), await at.pidIn("child")];
  at.hub.connection.socket.terminate();
  await Promise.all([gone(leader), gone(child)]);
});

test("[PR77] eight run at one time, and one more ends at once", async () => {
  await using at = await world({ hanging: "exec sleep 1000", good: "echo well" });
  const ids = Array.from({ length: 8 }, () => at.open({ name: "hanging" }));
  await waitFor(() => ids.every((id) => at.itemsOf(id).length === 1), { describe: "eight to have started" });
  expect((await at.run("good")).error).toBe("too many programs of probes run there at one time");
  at.close(ids[0]!);
  await waitFor(async () => (await at.run("good")).items.length === 2, { describe: "a place to be free again" });
});

const describePing = await needs("ping");

describePing("by the system's ping", () => {
  test("[PR78] [PO21] a host that the policy names is pinged, so often, and what came of it is told", async () => {
    await using at = await world({});
    at.setPolicy("version: 1\nprobe: {icmp: [127.0.0.1, nosuch.invalid]}\n");
    const { items, error } = await at.ping({ host: "127.0.0.1", packets: 2, interface: "lo" });
    expect([items[0], error]).toEqual([{ started: true }, ""]);
    expect(parsePing((items[1] as ProgramEnd).stdout)).toMatchObject({ sent: 2, received: 2 });
    const unknown = (await at.ping({ host: "nosuch.invalid", packets: 1 })).items[1] as ProgramEnd;
    expect(pingProblem(unknown.stderr)).toBe("no-address");
  });
});

test("[PR78] [PO21] [CM-01] [CM-08] what the policy does not name is not pinged, whatever is said for it", async () => {
  await using at = await world({ good: "echo >ran" });
  at.setPolicy("version: 1\nprobe: {icmp: [db.internal], tcp: ['127.0.0.1:7'], tunnel: ['127.0.0.1:7']}\n");
  for (const host of ["127.0.0.1", "::1", "DB.internal", "db.internal.", "localhost", "__proto__"]) {
    const answer = await at.ping({ host, packets: 1 });
    expect(answer.items, host).toEqual([]);
    expect(answer.error, host).toMatch(/^policy: it lets probes ping no |^host and number of a ping are not valid$/);
  }
  expect((await at.ping({ host: "127.0.0.1", packets: 1 })).error).toBe(
    'policy: it lets probes ping no 127.0.0.1; to allow it, add "127.0.0.1" under probe: icmp:',
  );
  const options = ["-f", "--help", "-c1", "-I lo", "db.internal -f", "db.internal\n", "$(id)", "", "x".repeat(300), 7];
  for (const host of [...options, null, ["db.internal"]])
    expect(await at.ping({ host, packets: 1 })).toEqual({
      items: [],
      error: "host and number of a ping are not valid",
    });
  for (const packets of [0, -1, 11, 1.5, "1", "1 -f", null, undefined])
    expect((await at.ping({ host: "db.internal", packets })).error).toBe("host and number of a ping are not valid");
  at.setPolicy("version: 1\nprobe: {icmp: [-f]}\n");
  expect((await at.ping({ host: "-f", packets: 1 })).error).toBe("host and number of a ping are not valid");
});
