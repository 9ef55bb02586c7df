import type { DataFrame, OpenFrame } from "@muster/protocol";
import { connectAs } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const PING = {
  kind: "tcp",
  settings: { host: "127.0.0.1", port: 6_379, send: "PING\r\n", text: "PONG" },
  timeoutMs: 3_000,
};

/** A server with a scripted agent, and a trial that goes by way of it. */
async function world(name: string) {
  const identity = await hub.join(name);
  const agent = await connectAs(hub.address, identity);
  const trial = hub.ask<{ health: string; detail: string }>("POST", "probe-trials", {
    ...PING,
    via: identity.serverId,
  });
  const open: OpenFrame = await agent.next("open");
  return { agent, trial, open };
}
const items = (agent: ScriptedAgent, { id }: OpenFrame, ...told: object[]): void =>
  agent.send({ t: "items", id, items: told });

test("[PR75] a tunnel is asked for by host and port, spoken on both ways, and closed when it is done with", async () => {
  const { agent, trial, open } = await world("speaks");
  expect(open).toMatchObject({ name: "tunnel", params: { host: "127.0.0.1", port: 6_379 } });
  items(agent, open, { connected: true });
  const said: DataFrame = await agent.next("data");
  expect([said.id, said.data]).toEqual([open.id, base64("PING\r\n")]);
  items(agent, open, { data: base64("+PO") }, { data: base64("NG\r\n") });
  expect((await trial).body.health).toBe("healthy");
  expect(await agent.next("close")).toMatchObject({ id: open.id });
  await agent[Symbol.asyncDispose]();
});

test.each<[string, string, (agent: ScriptedAgent, open: OpenFrame) => void, string, string]>([
  [
    "no connection",
    "closed",
    (agent, open) => items(agent, open, { failed: "refused" }),
    "unhealthy",
    "nothing listens there",
  ],
  [
    "a word of nobody's",
    "odd",
    (agent, open) => items(agent, open, { failed: "constructor" }),
    "unhealthy",
    "it could not be reached",
  ],
  [
    "the policy's refusal",
    "refusing",
    (agent, open) => agent.send({ t: "end", id: open.id, error: "policy: not here" }),
    "unknown",
    "not here",
  ],
  [
    "an older agent",
    "old",
    (agent, open) => agent.send({ t: "end", id: open.id, error: "unsupported" }),
    "unknown",
    "The agent there is too old for this; upgrade it.",
  ],
  [
    "data before there is a connection",
    "early",
    (agent, open) => items(agent, open, { data: base64("x") }),
    "unknown",
    "The agent there spoke on a tunnel that was not open yet.",
  ],
  ["the agent's end", "ending", (agent) => agent.terminate(), "unknown", expect.any(String) as never],
  [
    "the target's end in the middle",
    "ended",
    (agent, open) => {
      items(agent, open, { connected: true }, { data: base64("+PO") });
      agent.send({ t: "end", id: open.id, error: "" });
    },
    "unhealthy",
    "it ended without the text looked for",
  ],
])("[PR75] [PB6] %s is told as what it is", async (_title, name, act, health, detail) => {
  const { agent, trial, open } = await world(name);
  act(agent, open);
  expect((await trial).body).toMatchObject({ health, detail });
  agent.terminate();
});

test.each<[string, string, (count: number) => object]>([
  ["more than it had credit for", "greedy", () => ({ data: "eA==" })],
  ["a piece that is too long", "long", () => ({ data: "x".repeat(20_000) })],
  ["something else", "strange", () => ({ line: 1 })],
])("[PR71] an agent that sends %s is closed", async (_title, name, item) => {
  const { agent, trial, open } = await world(name);
  items(agent, open, { connected: true });
  items(agent, open, ...Array.from({ length: name === "greedy" ? 200 : 2 }, (_, count) => item(count)));
  expect((await agent.end(8_000)).code).toBe(4400);
  expect((await trial).body.health).not.toBe("healthy");
});

test("[PB6] an agent that goes away in the middle of a conversation says nothing of the target", async () => {
  const { agent, trial, open } = await world("vanishing");
  items(agent, open, { connected: true });
  await agent.next("data");
  items(agent, open, { data: base64("+PO") });
  agent.terminate();
  expect((await trial).body).toMatchObject({ health: "unknown", detail: "The server is not connected now." });
});
