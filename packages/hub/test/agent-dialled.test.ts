import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { isMusterError } from "@muster/core";
import { generateKeys, systemClock } from "@muster/node-kit";
import { AGENT_PATH, AGENT_SUBPROTOCOL, parseJoinToken } from "@muster/protocol";
import type { HelloBody, Server } from "@muster/protocol";
import { connectAs, joinAs, ScriptedAgent, temporaryDirectory, waitFor } from "@muster/testkit";
import type { ScriptedIdentity } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { JoinTokenStore } from "../src/fleet/join-token-store.ts";
import { AgentMembership } from "../src/fleet/agent-membership.ts";
import { ServerStore } from "../src/fleet/server-store.ts";
import { openState } from "../src/state/database.ts";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Where a scripted agent waits to be dialled, or somebody who is none. */
class Place implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly agents: ScriptedAgent[] = [];
  #taken = 0;

  private constructor() {
    this.#server = new WebSocketServer({
      host: "127.0.0.1",
      port: 0,
      path: AGENT_PATH,
      handleProtocols: () => AGENT_SUBPROTOCOL,
    });
    this.#server.on("connection", (socket) => this.agents.push(ScriptedAgent.over(socket)));
  }

  static async open(): Promise<Place> {
    const place = new Place();
    await once(place.#server, "listening");
    return place;
  }

  get dial(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The hub's next connection. */
  next(): Promise<ScriptedAgent> {
    return waitFor(() => this.agents[this.#taken] && this.agents[this.#taken++], {
      timeoutMs: 15_000,
      describe: "the hub dials",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.agents) agent.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }
}

interface Added {
  readonly id: string;
  readonly token: string;
}

async function add(name: string, { dial }: Place): Promise<Added> {
  const { status, body } = await hub.ask<{ server: Server; token: string }>("POST", "servers", {
    name,
    tags: ["far"],
    link: { kind: "agent", dial },
  });
  expect(status).toBe(201);
  return { id: body.server.id, token: body.token };
}

/** A server whose agent has joined where the hub dials. */
async function joined(name: string, place: Place): Promise<ScriptedIdentity & Added> {
  const added = await add(name, place);
  const agent = await place.next();
  const keys = generateKeys();
  const { agentId, serverId } = await agent.enroll(added.token, name, keys);
  agent.close();
  return { ...added, keys, agentId, serverId };
}

const linkIs = (id: string, is: string, detail = ""): Promise<Server> => {
  let last: Server["linkState"] | undefined;
  return waitFor(
    async () => {
      const server = await hub.server(id);
      last = server.linkState;
      return last?.is === is && last.detail.includes(detail) ? server : undefined;
    },
    { timeoutMs: 15_000, describe: () => `${is} (${detail}); it is ${JSON.stringify(last)}` },
  );
};

test("[PR94] the agent that joins where the hub dials makes exactly the server that was added active, with its tags", async () => {
  await using place = await Place.open();
  const { serverId, id, keys, agentId } = await joined("added", place);
  expect(serverId).toBe(id);
  const agent = await place.next();
  expect((await agent.authenticate({ keys, agentId, serverId })).state).toBe("active");
  const server = await linkIs(id, "ok");
  expect(server).toMatchObject({ name: "added", state: "active", tags: ["far"], presence: { is: "online" } });
  agent.batch(1, Date.now(), [1]);
  await agent.acknowledged(1);
  expect((await hub.ask("GET", `servers/${id}/link`)).body).toMatchObject({
    settings: { kind: "agent", dial: place.dial },
    hasSecret: false,
  });
});

test("[PR91] the hub says in its signed greeting that it dialled, and nowhere else", async () => {
  await using place = await Place.open();
  await add("told", place);
  const dialledIn = await place.next();
  await using came = await ScriptedAgent.open(hub.address);
  const said: (boolean | undefined)[] = [];
  for (const agent of [dialledIn, came]) {
    await agent.greet();
    said.push((JSON.parse((agent.frames.at(-1) as { body: string }).body) as HelloBody).dialled);
  }
  expect(said).toEqual([true, undefined]);
});

test("[AG-08] whoever listens at the address without the agent's key gets a greeting and no more; the hub tries again, ever more seldom", async () => {
  await using place = await Place.open();
  const { id, serverId, agentId } = await joined("rogue", place);
  const rogue = { keys: generateKeys(), agentId, serverId };
  const agent = await place.next();
  await agent.greet();
  agent.send(agent.authFrame(rogue));
  expect((await agent.end()).code).toBe(4401);
  expect(agent.frames.map(({ t }) => t)).toEqual(["hello", "refused"]);
  await linkIs(id, "failing", "does not know this hub");
  expect((await hub.server(id)).presence.is).not.toBe("online");
  await place.next();
});

test("[AG-06] [AG-09] what was recorded at the address is worth nothing there later: neither joining nor proof", async () => {
  await using place = await Place.open();
  const { token } = await add("recorded", place);
  const keys = generateKeys();
  const honest = await place.next();
  await honest.greet();
  const enrollment = honest.enrollFrame(token, "recorded", keys);
  honest.terminate();
  const early = await place.next();
  await early.greet();
  early.send(enrollment);
  expect((await early.end()).code).toBe(4401);
  // The token is still good for the one who knows it.
  const joining = await place.next();
  const { agentId, serverId } = await joining.enroll(token, "recorded", keys);
  joining.close();
  const first = await place.next();
  await first.greet();
  const proof = first.authFrame({ keys, agentId, serverId });
  first.send(proof);
  await first.next("ready");
  first.close();
  for (const replayed of [proof, enrollment]) {
    const later = await place.next();
    await later.greet();
    later.send(replayed);
    expect((await later.end()).code).toBe(4401);
  }
  // Six connections, with the hub's pauses between them.
}, 60_000);

test("[PR93] another server's agent, however well it proves itself, is not let in where one server is dialled", async () => {
  await using place = await Place.open();
  await using elsewhere = await Place.open();
  const dialled = await joined("dialled", place);
  const other = await joined("other", elsewhere);
  const outward = await hub.join("outward");
  for (const identity of [other, outward]) {
    const agent = await place.next();
    await agent.greet();
    agent.send(agent.authFrame(identity));
    const { code } = await agent.end();
    expect([code, agent.frames.map(({ t }) => t)]).toEqual([4400, ["hello"]]);
    await linkIs(dialled.id, "failing", "another server's agent answers there");
  }
  // Its own connection is none the worse.
  const agent = await elsewhere.next();
  await agent.authenticate(other);
  await linkIs(other.id, "ok");
});

test("[PR94] a token that is bound to a dialled server is good there alone, and others are not good there", async () => {
  await using place = await Place.open();
  await using elsewhere = await Place.open();
  const one = await add("bound-1", place);
  const two = await add("bound-2", elsewhere);
  const refusedBy = async (agent: ScriptedAgent, token: string, name: string): Promise<number> => {
    await agent.greet();
    agent.send(agent.enrollFrame(token, name, generateKeys()));
    return (await agent.end()).code;
  };
  // Carried to the hub's own door, to a script's, or to another server's line.
  await using came = await ScriptedAgent.open(hub.address);
  expect(await refusedBy(came, one.token, "bound-1")).toBe(4401);
  const pushed = await fetch(`${hub.address}/api/v1/servers/register`, {
    method: "POST",
    headers: { authorization: `Bearer ${one.token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "bound-1" }),
  });
  expect(pushed.status).toBe(403);
  expect(await refusedBy(await elsewhere.next(), one.token, "bound-1")).toBe(4401);
  await linkIs(two.id, "failing", "another token");
  expect(await refusedBy(await place.next(), await hub.token({ name: "bound-1" }), "bound-1")).toBe(4401);
  expect((await (await place.next()).enroll(one.token, "bound-1", generateKeys())).serverId).toBe(one.id);
});

test("[AG-13] a second token is made only while no agent has joined, the first one ends, and nobody joins over an agent", async () => {
  await using place = await Place.open();
  const { id, token } = await add("renewed", place);
  const renewed = (await hub.ask<{ token: string }>("POST", `servers/${id}/token`)).body.token;
  const stale = await place.next();
  await stale.greet();
  stale.send(stale.enrollFrame(token, "renewed", generateKeys()));
  expect((await stale.end()).code).toBe(4401);
  const agent = await place.next();
  await agent.enroll(renewed, "renewed", generateKeys());
  agent.close();
  expect((await hub.ask("POST", `servers/${id}/token`)).status).toBe(409);
  const late = await place.next();
  await late.greet();
  late.send(late.enrollFrame(renewed, "renewed", generateKeys()));
  expect((await late.end()).code).toBe(4401);
});

test("[AG-13] a token that was made in the very moment in which an agent joined replaces nobody either", async () => {
  await using directory = await temporaryDirectory("bound");
  const db = await openState(directory.file("state.db"));
  try {
    const servers = new ServerStore({ db, clock: systemClock });
    const tokens = new JoinTokenStore({ db, clock: systemClock, kek: new Uint8Array(32), rootHash: "0".repeat(64) });
    const made = { name: "one", link: "agent", state: "pending", tags: [], notes: "", intervalMs: 5_000 } as const;
    const serverId = await servers.make(made, () => Promise.resolve());
    const enroll = async (): Promise<string | undefined> => {
      const token = await tokens.rebind(serverId, { name: "one", lifetimeMinutes: 1, createdBy: "admin" });
      const { publicDer: publicKey } = generateKeys();
      const more = { name: "one", isNameFromToken: true, tags: [], intervalMs: 5_000, serverId };
      return (
        await new AgentMembership({ db, clock: systemClock }).enroll({
          ...more,
          publicKey,
          tokenId: parseJoinToken(token)!.id,
        })
      )?.state;
    };
    expect(await enroll()).toBe("active");
    await expect(enroll()).rejects.toSatisfy((error) => isMusterError(error, "JOIN_REFUSED"));
  } finally {
    await db.destroy();
  }
});

test("an agent that came by itself is dialled once it has an address, a new address is dialled at once, a deleted server not any more", async () => {
  await using place = await Place.open();
  await using moved = await Place.open();
  const identity = await hub.join("mover");
  const path = `servers/${identity.serverId}/link`;
  expect((await hub.ask("PUT", path, { link: { kind: "agent", dial: place.dial } })).status).toBe(200);
  const first = await place.next();
  await first.authenticate(identity);
  await linkIs(identity.serverId, "ok");
  expect((await hub.ask("PUT", path, { link: { kind: "agent", dial: moved.dial } })).status).toBe(200);
  expect((await first.end()).code).toBe(1000);
  const second = await moved.next();
  await second.authenticate(identity);
  await linkIs(identity.serverId, "ok");
  expect((await hub.ask("DELETE", `servers/${identity.serverId}`)).status).toBe(204);
  expect((await second.end()).code).toBe(4403);
  expect(place.agents).toHaveLength(1);
});

test("[PR91] an agent that says that it waits to be dialled is not taken where it came by itself", async () => {
  const identity = await joinAs(hub.address, await hub.token({ name: "relayed" }), "relayed");
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  agent.send(agent.authFrame(identity, { tlsKey: "0".repeat(64) }));
  expect((await agent.end()).code).toBe(4400);
  await using honest = await connectAs(hub.address, identity);
  expect(honest.closed).toBeUndefined();
});

test.for([
  "http://10.0.0.5:8766",
  "ws://10.0.0.5:8766/agent",
  "ws://user@10.0.0.5:8766",
  "ws://10.0.0.5:8766?x",
  "ws://",
  "10.0.0.5:8766",
])("%s is no address to dial", async (dial) => {
  const { status } = await hub.ask("POST", "servers", { name: "nowhere", link: { kind: "agent", dial } });
  expect(status).toBe(400);
});

test("[SR-01] what lists no port of its own is not reached: a cloud's metadata, and the hub itself", async () => {
  for (const dial of ["ws://169.254.169.254", hub.address.replace(/^http/, "ws")]) {
    const { body } = await hub.ask<{ ok: boolean; steps: { detail: string }[] }>("POST", "link-tests", {
      link: { kind: "agent", dial },
    });
    expect(body).toMatchObject({ ok: false, steps: [{ detail: "the address is not open for this purpose" }] });
  }
});
