import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { isMusterError } from "@muster/core";
import type { Logger } from "@muster/core";
import { AGENT_PATH, AGENT_SUBPROTOCOL } from "@muster/protocol";
import { freePort, startFaultProxy, temporaryDirectory, waitFor } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { joinHub } from "../src/join.ts";
import { runAgent } from "../src/run-agent.ts";
import type { RunningAgent } from "../src/run-agent.ts";
import { countingKind, emptyHost, silentLogger, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";
import type { Connection } from "./scripted-hub.ts";

/** A hub and the place where its agent, which has joined there, waits to be dialled. */
class World implements AsyncDisposable {
  readonly hub: ScriptedHub;
  readonly directory: TemporaryDirectory;
  readonly port: number;
  readonly #agents: RunningAgent[] = [];

  private constructor(hub: ScriptedHub, directory: TemporaryDirectory, port: number) {
    this.hub = hub;
    this.directory = directory;
    this.port = port;
  }

  static async open(): Promise<World> {
    const [hub, directory, port] = await Promise.all([ScriptedHub.start(), temporaryDirectory("door"), freePort()]);
    const world = new World(hub, directory, port);
    const joining = joinHub({
      hub: { host: "127.0.0.1", port },
      token: hub.mintToken("web-1"),
      name: "web-1",
      stateDirectory: directory.file("state"),
    });
    await world.dial();
    expect((await joining).identity).toMatchObject({ name: "web-1", hubUrl: "" });
    hub.received.length = 0;
    return world;
  }

  get address(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Until somebody listens there. */
  dial(hub = this.hub, says?: { readonly dialled: boolean }): Promise<Connection> {
    return waitFor(() => hub.dial(this.address, says).catch(() => undefined), { describe: "the agent listens" });
  }

  async agent(log: Logger = silentLogger): Promise<RunningAgent> {
    const config = testConfig(this.directory.file("state"), {
      intervalMs: 500,
      listen: { host: "127.0.0.1", port: this.port },
    });
    const agent = await runAgent(config, { log, host: emptyHost, kinds: [countingKind()] });
    this.#agents.push(agent);
    return agent;
  }

  async readyAgent(): Promise<{ readonly agent: RunningAgent; readonly connection: Connection }> {
    const agent = await this.agent();
    const connection = await this.dial();
    await waitFor(() => agent.state() === "ready", { describe: () => `ready; it is ${agent.state()}` });
    return { agent, connection };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) await agent.stop();
    await this.hub.stop();
    await this.directory[Symbol.asyncDispose]();
  }
}

/** Somebody who dials and is no hub: what he was told, and how it ended. */
async function stranger(address: string, path = AGENT_PATH) {
  const socket = new WebSocket(address + path, [AGENT_SUBPROTOCOL]);
  const heard: Record<string, unknown>[] = [];
  socket.on("message", (bytes: Buffer) => heard.push(JSON.parse(bytes.toString()) as Record<string, unknown>));
  socket.on("error", () => undefined);
  const closed = new Promise<number>((resolve) => socket.on("close", (code) => resolve(code)));
  await Promise.race([once(socket, "open"), closed]);
  return { socket, heard, closed };
}

async function rawCaller(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test("[PR90] a machine joins and reports over connections that the hub makes, and is told of itself as ever", async () => {
  await using world = await World.open();
  const { agent } = await world.readyAgent();
  await waitFor(() => world.hub.stored.size >= 3, { describe: "three batches" });
  expect(world.hub.doubled).toEqual([]);
  // The connection goes; the agent waits, and what it read meanwhile is not lost.
  world.hub.drop();
  await waitFor(() => agent.state() !== "ready", { describe: "the loss" });
  await world.dial();
  await waitFor(() => agent.state() === "ready", { describe: "the next connection" });
  const count = world.hub.stored.size;
  await waitFor(() => world.hub.stored.size >= count + 2, { describe: "more batches" });
  const readings = world.hub.rows.map((row) => row.values["readings_total"]);
  expect(readings).toEqual(readings.map((_, index) => index + 1));
});

test("[AG-08] a stranger who dials gets a nonce, and nothing at all while the hub is there", async () => {
  await using world = await World.open();
  const agent = await world.agent();
  const { socket, heard, closed } = await stranger(world.address);
  await waitFor(() => heard.length > 0, { describe: "what the agent says first" });
  socket.send(JSON.stringify({ t: "hello", body: "{}", sig: "" }));
  await closed;
  expect(heard.map((frame) => Object.keys(frame).toSorted())).toEqual([["agentNonce", "t", "versions"]]);

  await world.dial();
  await waitFor(() => agent.state() === "ready", { describe: "the hub" });
  const late = await stranger(world.address);
  const count = world.hub.stored.size;
  await waitFor(() => world.hub.stored.size >= count + 3, { describe: "the session goes on" });
  expect(late.heard).toEqual([]);
  expect(agent.state()).toBe("ready");
  late.socket.terminate();
});

test("[PR91] whoever dials agent and hub and passes on what they say gets a nonce from the one and a greeting from the other", async () => {
  await using world = await World.open();
  const agent = await world.agent();
  // The hub believes that the agent came to it, and proves itself as well as ever.
  const middle = await world.dial(world.hub, { dialled: false });
  await once(middle.socket, "close");
  expect(world.hub.received.map(({ t }) => t)).toEqual(["begin"]);
  expect(agent.state()).not.toBe("ready");
  await world.dial();
  await waitFor(() => agent.state() === "ready", { describe: "the honest connection" });
});

test("[PR91] an agent that dials refuses a greeting which says that the hub dialled", async () => {
  await using directory = await temporaryDirectory("door");
  await using hub = await ScriptedHub.start();
  hub.script.dialled = true;
  const joining = joinHub({ hub: hub.url, token: hub.mintToken(), name: "a", stateDirectory: directory.file("state") });
  await expect(joining).rejects.toSatisfy((error) => isMusterError(error, "HUB_NOT_TRUSTED"));
  expect(hub.received.map(({ t }) => t)).toEqual(["begin"]);
});

test("[AG-08] two hubs: the one whose root is not pinned gets a nonce before, and nothing during, the session of the other", async () => {
  await using world = await World.open();
  await using foreign = await ScriptedHub.start();
  const warned: string[] = [];
  const log: Logger = {
    ...silentLogger,
    warn: (text, fields) => void warned.push(`${text} ${JSON.stringify(fields)}`),
  };
  const agent = await world.agent(log);
  const early = await world.dial(foreign);
  await once(early.socket, "close");
  expect(foreign.received.map(({ t }) => t)).toEqual(["begin"]);
  expect(warned.join()).toMatch(/somebody dialled who is not our hub.*fleet root is not the pinned one/);
  await world.dial();
  await waitFor(() => agent.state() === "ready", { describe: "its own hub" });
  const late = await world.dial(foreign);
  const count = world.hub.stored.size;
  await waitFor(() => world.hub.stored.size >= count + 3, { describe: "the session goes on" });
  expect(foreign.received).toHaveLength(1);
  late.socket.terminate();
});

test("[PR95] a hub that dials anew, while its old connection is dead without a word, is let in after the old one had its time", async () => {
  await using world = await World.open();
  await using line = await startFaultProxy({ host: "127.0.0.1", port: world.port });
  const agent = await world.agent();
  const dead = await world.hub.dial(`ws://127.0.0.1:${line.port}`);
  await waitFor(() => agent.state() === "ready", { describe: "the first connection" });
  line.setFault({ is: "black-hole" });
  world.hub.received.length = 0;
  const next = await world.dial();
  await waitFor(() => world.hub.received.some(({ t }) => t === "auth"), {
    timeoutMs: 12_000,
    describe: () => `the agent proves itself again; it is ${agent.state()}`,
  });
  await waitFor(() => agent.state() === "ready", { describe: "the second connection" });
  expect(next.socket.readyState).toBe(WebSocket.OPEN);
  dead.socket.terminate();
}, 40_000);

test("[PR95] silent callers hold nobody up: eight may be there, the oldest goes for the next, and the hub gets through", async () => {
  await using world = await World.open();
  const agent = await world.agent();
  const silent = [await rawCaller(world.port), await rawCaller(world.port)];
  const upgraded = await Promise.all(Array.from({ length: 6 }, () => stranger(world.address)));
  await waitFor(() => upgraded.every(({ heard }) => heard.length === 1), { describe: "all are asked, side by side" });
  const { socket } = await world.dial();
  await waitFor(() => agent.state() === "ready", { describe: "the hub" });
  await waitFor(() => silent[0]!.destroyed, { describe: "the oldest is gone" });
  // Those that were being heard are dropped with the hub's proof; the others have their few seconds.
  await Promise.all(upgraded.map(({ closed }) => closed));
  await waitFor(() => silent[1]!.destroyed, { timeoutMs: 12_000, describe: "nobody stays without a proof" });
  const count = world.hub.stored.size;
  await waitFor(() => world.hub.stored.size >= count + 2, { describe: "who has proved himself stays" });
  expect(socket.readyState).toBe(WebSocket.OPEN);
}, 40_000);

test("[PR90] browsers, other paths and other protocols are turned away, and a frame above 1 MiB ends the connection", async () => {
  await using world = await World.open();
  await world.agent();
  const http = `http://127.0.0.1:${world.port}`;
  expect((await fetch(http)).status).toBe(426);
  expect((await fetch(http + AGENT_PATH)).status).toBe(426);
  for (const [path, protocols, options] of [
    ["/live", [AGENT_SUBPROTOCOL], {}],
    [AGENT_PATH, ["other"], {}],
    [AGENT_PATH, [AGENT_SUBPROTOCOL], { origin: "https://panel.example" }],
    [AGENT_PATH, [AGENT_SUBPROTOCOL], { headers: { cookie: "a=b" } }],
  ] as const) {
    const socket = new WebSocket(world.address + path, [...protocols], options);
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message, JSON.stringify([path, protocols, options])).toContain("404");
  }
  const { socket, closed } = await stranger(world.address);
  socket.send("x".repeat(1024 * 1024 + 1));
  expect(await closed).toBe(1009);
});

test("a taken port, one that is none, and a hub that dials where nobody listens are told in a sentence", async () => {
  await using world = await World.open();
  await world.agent();
  const codeOf = async (change: object): Promise<unknown> =>
    runAgent(testConfig(world.directory.file("state"), change), { log: silentLogger }).catch(
      (error: unknown) => isMusterError(error) && error.code,
    );
  expect(await codeOf({ listen: { host: "127.0.0.1", port: world.port } })).toBe("ADDRESS_IN_USE");
  expect(await codeOf({ listen: { host: "192.0.2.1", port: world.port } })).toBe("CONFIG_INVALID");
  const tls = { certFile: "/none/cert", keyFile: "/none/key" };
  expect(await codeOf({ listen: { host: "127.0.0.1", port: world.port, tls } })).toBe("CONFIG_INVALID");
  expect(await codeOf({})).toBe("CONFIG_INVALID");
});
