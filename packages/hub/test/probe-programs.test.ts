import { readFileSync } from "node:fs";
import type { OpenFrame } from "@muster/protocol";
import { connectAs, waitFor } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

const DISK = { kind: "exec", settings: { program: "disk" }, timeoutMs: 3_000 };
const END = { exitCode: 0, stdout: "", stderr: "", isCut: false };
const STARTED = { started: true };

/** A server with a scripted agent, and a trial that has a program run there. */
async function world(name: string, change: object = {}) {
  const identity = await hub.join(name);
  const agent = await connectAs(hub.address, identity);
  const body = { ...DISK, via: identity.serverId, ...change };
  const trial = hub.ask<{ health: string; detail: string }>("POST", "probe-trials", body);
  const open: OpenFrame = await agent.next("open");
  return { agent, trial, open, serverId: identity.serverId };
}
const items = (agent: ScriptedAgent, { id }: OpenFrame, ...told: object[]): void =>
  agent.send({ t: "items", id, items: told });

test("[PR77] [PB16] [PB17] a program is asked for by its name alone, and its end becomes the result", async () => {
  const { agent, trial, open } = await world("speaks");
  expect(open).toMatchObject({ name: "probe.exec", params: { name: "disk" } });
  expect(Object.keys(open.params as object)).toEqual(["name"]);
  items(agent, open, STARTED);
  items(agent, open, { ...END, exitCode: 1, stdout: "DISK WARNING | /var=7MB;5\nqueue=3\n" });
  expect((await trial).body).toMatchObject({
    health: "degraded",
    detail: "DISK WARNING (exit 1)",
    report: {
      facts: [{ key: "exitCode", value: 1 }],
      tables: [
        {
          key: "numbers",
          rows: [
            ["custom_var", 7],
            ["custom_queue", 3],
          ],
        },
      ],
    },
  });
  await agent[Symbol.asyncDispose]();
});

test.each<[string, string, (agent: ScriptedAgent, open: OpenFrame) => void, string, unknown]>([
  [
    "the policy's refusal",
    "refusing",
    (agent, open) => agent.send({ t: "end", id: open.id, error: "policy: it names no program disk" }),
    "unknown",
    "it names no program disk",
  ],
  [
    "an older agent",
    "old",
    (agent, open) => agent.send({ t: "end", id: open.id, error: "unsupported" }),
    "unknown",
    "The agent there is too old for this; upgrade it.",
  ],
  [
    "a program that is not there",
    "missing",
    (agent, open) => {
      items(agent, open, STARTED);
      agent.send({ t: "end", id: open.id, error: "there is no such program" });
    },
    "unknown",
    "there is no such program",
  ],
  [
    "an end without a word",
    "silent",
    (agent, open) => agent.send({ t: "end", id: open.id, error: "" }),
    "unknown",
    "The server did not say how it ended.",
  ],
  ["the agent's end", "ending", (agent) => agent.terminate(), "unknown", expect.any(String)],
  [
    "the agent's end while it runs",
    "dying",
    (agent, open) => {
      items(agent, open, STARTED);
      agent.terminate();
    },
    "unknown",
    expect.any(String),
  ],
  ["a server that says nothing", "mute", () => undefined, "unknown", "The server on the way is not reached in time."],
  [
    "a program that does not end",
    "hanging",
    (agent, open) => items(agent, open, STARTED),
    "unhealthy",
    "no answer in time",
  ],
])("[PR77] [PB16] [PB6] %s is told as what it is", async (_title, name, act, health, detail) => {
  const { agent, trial, open } = await world(name, { timeoutMs: 1_000 });
  act(agent, open);
  expect((await trial).body).toMatchObject({ health, detail });
  agent.terminate();
});

test("[PR77] a program that does not end in time is given up on the server, too", async () => {
  const { agent, trial, open } = await world("given-up", { timeoutMs: 500 });
  items(agent, open, STARTED);
  expect(await agent.next("close")).toMatchObject({ id: open.id });
  expect((await trial).body.health).toBe("unhealthy");
  await agent[Symbol.asyncDispose]();
});

test.each<[string, object]>([
  ["strange-code", { ...END, exitCode: 256 }],
  ["half-a-code", { ...END, exitCode: 0.5 }],
  ["long-output", { ...END, stdout: "x".repeat(20_000) }],
  ["no-output", { exitCode: 0 }],
  ["not-started", { started: false }],
  ["a-line", { line: 1 }],
])("[PR71] [PR77] an agent that says %s is closed", async (name, item) => {
  const { agent, trial, open } = await world(name);
  items(agent, open, item);
  expect((await agent.end(8_000)).code).toBe(4400);
  expect((await trial).body.health).toBe("unknown");
});

test("[PB16] [CM-01] a probe of a program needs a server and a name, and nothing else goes with it", async () => {
  const { serverId } = await hub.join("doors");
  const refused = async (change: object) => {
    const answer = await hub.ask("POST", "probes", { name: "p", ...DISK, via: serverId, ...change });
    expect(answer.status, JSON.stringify(change)).toBe(400);
    return JSON.stringify(answer.body);
  };
  expect(await refused({ via: null })).toContain("this kind looks from a server only");
  for (const program of ["", "..", "../x", "/bin/sh", "a b", "-c", "--help", "a;b", "a\nb", "$(x)", ["a"], 1])
    expect(await refused({ settings: { program } })).toContain("program");
  await refused({ settings: { program: "disk", args: ["-x"] } });
  await refused({ settings: { program: "disk", healthyCodes: "256" } });
  await refused({ secret: "s" });
  const trial = await hub.ask("POST", "probe-trials", DISK);
  expect([trial.status, JSON.stringify(trial.body)]).toEqual([400, expect.stringContaining("from a server only")]);
});

const recorded = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/ping/${name}`, import.meta.url), "utf8");
const PING = { kind: "icmp", settings: { host: "db.internal", packets: 3 } };

test.each<[string, object, string, string]>([
  ["an answer", { stdout: recorded("iputils-all.txt") }, "healthy", "0.0 ms, none lost"],
  ["an answer of BusyBox", { stdout: recorded("busybox-some.txt") }, "degraded", "1 of 3 pings did not come back"],
  ["silence", { exitCode: 1, stdout: recorded("iputils-none.txt") }, "unhealthy", "no ping came back"],
  ["no address", { exitCode: 2, stderr: recorded("iputils-no-name.err") }, "unhealthy", "the name has no address"],
  [
    "no right",
    { exitCode: 2, stderr: recorded("iputils-not-permitted.err") },
    "unknown",
    "that server does not let it ping; docs/probes.md says how to allow that",
  ],
])("[PR78] [PB20] a ping from a server is asked for by host and number: %s", async (title, end, health, detail) => {
  const { agent, trial, open } = await world(`pings-${title.replaceAll(" ", "-")}`, PING);
  expect(open).toMatchObject({ name: "probe.ping" });
  expect(open.params).toEqual({ host: "db.internal", packets: 3 });
  items(agent, open, STARTED, { ...END, ...end });
  expect((await trial).body).toMatchObject({ health, detail });
  await agent[Symbol.asyncDispose]();
});

test("[PR78] [PB6] [PB20] what says nothing of a host that a server is to ping is unknown", async () => {
  const told = async (name: string, error: string, ...before: object[]) => {
    const { agent, trial, open } = await world(name, PING);
    if (before.length > 0) items(agent, open, ...before);
    agent.send({ t: "end", id: open.id, error });
    const { health, detail } = (await trial).body;
    await agent[Symbol.asyncDispose]();
    return [health, detail];
  };
  expect(await told("pings-not", 'policy: it lets probes ping no db.internal; to allow it, add "db.internal"')).toEqual(
    ["unknown", 'it lets probes ping no db.internal; to allow it, add "db.internal"'],
  );
  expect(await told("pings-old", "unsupported")).toEqual([
    "unknown",
    "The agent there is too old for this; upgrade it.",
  ]);
  expect(await told("pings-none", "there is no such program", STARTED)).toEqual([
    "unknown",
    "there is no such program",
  ]);
  const { agent, trial, open } = await world("pings-late", { ...PING, timeoutMs: 500 });
  items(agent, open, STARTED);
  expect((await trial).body).toMatchObject({
    health: "unknown",
    detail: "ping was cut off; give it a time-out of 5 s at least, or fewer packets",
  });
  expect(await agent.next("close")).toMatchObject({ id: open.id });
  await agent[Symbol.asyncDispose]();
});

test("[PB21] a question for a name server needs one that is named, where a server looks", async () => {
  const { serverId } = await hub.join("asks");
  const body = { name: "dns", kind: "dns", settings: { name: "site.example" }, via: serverId };
  const refused = await hub.ask("POST", "probes", body);
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining("settings.server")]);
  const settings = { name: "site.example", server: "127.0.0.53" };
  expect((await hub.ask("POST", "probes", { ...body, settings })).status).toBe(201);
});

test("[PB8] [PB12] [PB17] its numbers are history, and a look leaves no row in the audit log", async () => {
  const identity = await hub.join("kept");
  const agent = await connectAs(hub.address, identity);
  const added = await hub.ask<{ probe: { id: string } }>("POST", "probes", {
    ...{ name: "kept-disk", ...DISK, via: identity.serverId },
  });
  const rows = async () => (await hub.ask<{ chain: { rows: number } }>("GET", "audit?limit=1")).body.chain.rows;
  const before = await rows();
  const open: OpenFrame = await agent.next("open");
  items(agent, open, STARTED, { ...END, stdout: "well\nqueue=12\n" });
  const { id } = added.body.probe;
  const values = async (): Promise<unknown[]> => {
    const span = `from=${Date.now() - 60_000}&to=${Date.now() + 1_000}&step=1000`;
    const path = `metrics/query?probe=${id}&metric=custom_queue&${span}`;
    const { status, body } = await hub.ask<{ series: { values: unknown[] }[] }>("GET", path);
    expect(status).toBe(200);
    return body.series.flatMap((series) => series.values);
  };
  await waitFor(async () => (await values()).includes(12), { describe: "its number to be history" });
  expect(await rows()).toBe(before);
  await agent[Symbol.asyncDispose]();
});
