import { randomBytes } from "node:crypto";
import { SECOND_MS } from "@muster/core";
import { AGENT_LIMITS, AGENT_SUBPROTOCOL, LIVE_FRAME_BYTES_MAX, LIVE_TOPICS_MAX } from "@muster/protocol";
import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { freshAddress, sendRaw, startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";
import { liveHeaders, liveSocket, openLive, upgrade } from "./live-socket.ts";
import type { LiveSocket } from "./live-socket.ts";

let hub: TestHub;
let viewer: Client;
beforeAll(async () => {
  hub = await startTestHub({
    users: { viewer: "viewer", other: "viewer", admin: "admin", second: "admin" },
    servers: Array.from({ length: 600 }, (_, number) => `server-${number}`),
  });
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  await hub.clock.advance(60 * SECOND_MS);
  viewer = hub.sessionOf("viewer");
});

const LIVE = "/api/v1/live";
const AGENT = "/agent/v1";

async function statusOf(path: string, headers: Readonly<Record<string, string | undefined>>): Promise<number> {
  const answer = await upgrade(hub, path, headers);
  if (!(answer instanceof WebSocket)) return answer.status;
  answer.terminate();
  return 101;
}

/** Opens a socket that must open. */
async function opened(path: string, headers: Readonly<Record<string, string | undefined>>, protocol?: string) {
  const socket = await upgrade(hub, path, headers, { from: freshAddress(), ...(protocol ? { protocol } : {}) });
  if (!(socket instanceof WebSocket)) throw new Error(`refused: ${socket.status}`);
  return liveSocket(hub, socket);
}
const openAgent = (): Promise<LiveSocket> => opened(AGENT, {}, AGENT_SUBPROTOCOL);
const open = (client: Client = viewer): Promise<LiveSocket> => opened(LIVE, liveHeaders(hub, client));

describe("[WS-01] the Origin of an upgrade", () => {
  test.for([
    undefined,
    "null",
    "",
    "https://evil.example",
    "http://127.0.0.1",
    "http://localhost:1",
    "http://127.0.0.1.evil.example",
  ])("[WS-01] %s with a good cookie: 403", async (origin) => {
    expect(await statusOf(LIVE, { ...liveHeaders(hub, viewer), origin })).toBe(403);
    expect(
      await statusOf(LIVE, { ...liveHeaders(hub, viewer), origin: hub.origin, "sec-fetch-site": "cross-site" }),
    ).toBe(403);
  });

  test("[WS-01] the agents' path takes no browser: an Origin or a cookie is 403", async () => {
    expect(await statusOf(AGENT, { origin: hub.origin })).toBe(403);
    expect(await statusOf(AGENT, { origin: "null" })).toBe(403);
    expect(await statusOf(AGENT, { cookie: viewer.cookie })).toBe(403);
    expect(await statusOf(AGENT, {})).toBe(101);
  });

  test("[WS-01] a wrong host is 421, another path 404", async () => {
    expect(await statusOf(LIVE, { ...liveHeaders(hub, viewer), host: "evil.example" })).toBe(421);
    for (const path of [
      "/",
      "/api/v1/live/",
      "//api/v1/live",
      "/api/v1/Live",
      "/api/v1/live?x",
      "/agent/v1/",
      "/agent/v1?x",
      "/api/v1/me",
    ])
      expect([path, await statusOf(path, liveHeaders(hub, viewer))]).toEqual([path, 404]);
  });
});

describe("[WS-02] without a session", () => {
  test("[WS-02] 401 before 101, and no credential in the query", async () => {
    const token = await hub.tokenOf("admin", ["servers.read"]);
    const origin = hub.origin;
    expect(await statusOf(LIVE, { origin })).toBe(401);
    expect(await statusOf(LIVE, { origin, cookie: "muster=" })).toBe(401);
    expect(await statusOf(LIVE, { origin, cookie: `muster=${randomBytes(32).toString("base64url")}` })).toBe(401);
    expect(await statusOf(LIVE, { origin, authorization: `Bearer ${token.secret}` })).toBe(401);
    expect(await statusOf(LIVE, { ...liveHeaders(hub, viewer), authorization: `Bearer ${token.secret}` })).toBe(400);
    const session = viewer.cookie!.split("=")[1];
    for (const query of [`token=${token.secret}`, `session=${session}`, `muster=${session}`])
      expect(await statusOf(`${LIVE}?${query}`, { origin })).toBe(404);
  });

  test("[WS-02] the first message must be hello with the session's token", async () => {
    const first = await open();
    first.send({ t: "subscribe", topic: "fleet" });
    expect((await first.closed).code).toBe(4400);
    for (const csrf of ["", "0".repeat(64), hub.sessionOf("viewer").csrf!]) {
      const live = await open();
      live.send({ t: "hello", csrf });
      expect((await live.closed).code).toBe(4401);
      expect(live.messages).toEqual([]);
    }
  });

  test("[WS-02] a refused connection is not kept open by the other side", async () => {
    const text = await sendRaw(
      hub.port,
      `GET ${LIVE} HTTP/1.1\r\nHost: 127.0.0.1:${hub.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden/);
  });
});

describe("[WS-03] frames beyond the limit", () => {
  test.for([
    ["browsers", () => open(), LIVE_FRAME_BYTES_MAX],
    ["agents", openAgent, AGENT_LIMITS.frameBytesMax],
  ] as const)("[WS-03] of %s: 1009", async ([, connect, bytesMax]) => {
    const whole = await connect();
    whole.raw.send("x".repeat(bytesMax + 1));
    expect((await whole.closed).code).toBe(1009);
    // Announced and never sent: refused by the announcement.
    const announced = await connect();
    const header = Buffer.alloc(14);
    header[0] = 0x81;
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(2n ** 40n, 2);
    socketOf(announced).write(header);
    expect((await announced.closed).code).toBe(1009);
    // In pieces, each small.
    const pieces = await connect();
    for (let sent = 0; sent <= bytesMax; sent += 16_384) pieces.raw.send("x".repeat(16_384), { fin: false });
    expect((await pieces.closed).code).toBe(1009);
  });

  test("[WS-03] sixty of them at once leave the memory flat", async () => {
    const before = process.memoryUsage().rss;
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        const live = await openAgent();
        live.raw.send(Buffer.alloc(4 * 1024 * 1024));
        await live.closed;
      }),
    );
    // Sender and hub share this process: 60 × 4 MiB would show.
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });
});

describe("[WS-04] how many", () => {
  test("[WS-04] a user has twenty sockets, another user's are apart", async () => {
    const sessions = [hub.sessionOf("viewer"), hub.sessionOf("viewer")];
    const sockets: LiveSocket[] = [];
    for (let count = 0; count < 20; count++) sockets.push(await open(sessions[count % 2]!));
    expect(await statusOf(LIVE, liveHeaders(hub, sessions[0]!))).toBe(429);
    expect(await statusOf(LIVE, liveHeaders(hub, hub.sessionOf("other")))).toBe(101);
    await sockets.pop()!.close();
    await waitFor(async () => (await statusOf(LIVE, liveHeaders(hub, sessions[0]!))) === 101, {
      describe: "room again",
    });
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test("[WS-04] an address has so many upgrades a minute as it has requests", async () => {
    const from = freshAddress();
    const statuses = new Map<number, number>();
    for (let round = 0; round < 21; round++) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => upgrade(hub, "/nothing", {}, { from })));
      for (const answer of answers) {
        const status = answer instanceof WebSocket ? 101 : answer.status;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    expect([...statuses]).toEqual([
      [404, 1_000],
      [429, 50],
    ]);
  });

  test("[WS-04] a socket has so many topics and so many messages", async () => {
    const live = await openLive(hub, viewer);
    for (let count = 0; count <= LIVE_TOPICS_MAX; count++)
      live.send({ t: "subscribe", topic: `server/${hub.servers[count]!.id}` });
    const refused = await live.next(({ t }) => t === "refused", "a refusal");
    expect(refused).toMatchObject({ topic: `server/${hub.servers[LIVE_TOPICS_MAX]!.id}`, code: "RATE_LIMITED" });
    for (let count = 0; count < 300; count++) live.send({ t: "unsubscribe", topic: "fleet" });
    expect((await live.closed).code).toBe(1008);
  });
});

describe("[WS-05] a reader that is too slow", () => {
  /** Snapshots asked for by somebody who reads none of them: sixty megabytes, more than any kernel takes for a socket. */
  const ASKED = 180;
  async function pausedReader(): Promise<LiveSocket> {
    const live = await openLive(hub, viewer);
    live.send({ t: "subscribe", topic: "fleet" });
    const whole = await live.next(({ t }) => t === "state", "the fleet");
    expect(JSON.stringify(whole).length).toBeGreaterThan(250_000);
    live.raw.pause();
    for (let count = 0; count < ASKED; count++) live.send({ t: "subscribe", topic: "fleet" });
    // Another's answers come after the hub has been through all of them.
    const other = await openLive(hub, hub.sessionOf("other"));
    other.send({ t: "subscribe", topic: "fleet" });
    await other.next(({ t }) => t === "state", "the fleet of another");
    await other.close();
    return live;
  }

  test("[WS-05] gets nothing piled up for it, and the newest state when it reads again", async () => {
    const live = await pausedReader();
    for (let count = 0; count < 8; count++) live.send({ t: "subscribe", topic: "fleet" });
    await hub.sessionOf("admin").ask("PATCH", `/api/v1/servers/${hub.servers[0]!.id}`, { body: { notes: "newest" } });
    await hub.clock.advance(2 * SECOND_MS);
    live.raw.resume();
    await waitFor(
      async () => {
        // Also this answer is left out while the socket is full.
        live.send({ t: "subscribe", topic: "that is all" });
        await hub.clock.advance(100);
        return live.messages.some(({ topic }) => topic === "that is all");
      },
      { intervalMs: 100, describe: "the last answer" },
    );
    // What the hub holds is a megabyte; the rest of what came lay in the kernel.
    expect(live.messages.filter(({ t }) => t === "state").length).toBeLessThan(ASKED - 10);
    await hub.sessionOf("admin").ask("PATCH", `/api/v1/servers/${hub.servers[1]!.id}`, { body: { notes: "later" } });
    const notes = (): unknown[] => {
      const rows = new Map<string, { readonly notes: string }>();
      for (const { t, state } of live.messages) {
        if (t !== "state") continue;
        if (state.whole === true) rows.clear();
        for (const row of state.servers) rows.set(row.id as string, row as { notes: string });
      }
      return hub.servers.slice(0, 2).map(({ id }) => rows.get(id)?.notes);
    };
    await live.next(() => notes()[1] === "later", "the last change");
    expect(notes()).toEqual(["newest", "later"]);
    await live.close();
  });

  test("[WS-05] is closed with 1013 when it does not catch up", async () => {
    const live = await pausedReader();
    const admin = hub.sessionOf("admin");
    const sockets = async (): Promise<string> =>
      /\nmuster_live_sockets (\d+)/.exec((await admin.get("/metrics")).text)![1]!;
    const before = await sockets();
    const startedMs = hub.clock.monotonic();
    for (let count = 0; (await sockets()) === before; count++) {
      expect(count).toBeLessThan(45);
      // It still talks, so it is slow and not gone.
      for (let more = 0; more < 8; more++) live.send({ t: "subscribe", topic: "fleet" });
      await admin.ask("PATCH", `/api/v1/servers/${hub.servers[0]!.id}`, { body: { notes: `change ${count}` } });
      await hub.clock.advance(SECOND_MS);
    }
    expect(hub.clock.monotonic() - startedMs).toBeLessThanOrEqual(40 * SECOND_MS);
    live.raw.resume();
    expect((await live.closed).code).toBe(1013);
  });
});

describe("[WS-06] a peer that is gone", () => {
  test("[WS-06] a browser that answers no ping is closed within a minute", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${hub.port}${LIVE}`, {
      headers: clean(liveHeaders(hub, viewer)),
      autoPong: false,
    });
    const live = liveSocket(hub, socket);
    await new Promise((resolve) => socket.once("open", resolve));
    live.send({ t: "hello", csrf: viewer.csrf });
    await live.next(({ t }) => t === "welcome", "welcome");
    const started = hub.clock.monotonic();
    await waitFor(
      async () => {
        await hub.clock.advance(5 * SECOND_MS);
        return socket.readyState === WebSocket.CLOSED;
      },
      { describe: "closed" },
    );
    expect(hub.clock.monotonic() - started).toBeLessThanOrEqual(60 * SECOND_MS);
  });

  test("[WS-06] an agent that proves nothing is closed after ten seconds", async () => {
    const agent = await openAgent();
    await hub.clock.advance(9 * SECOND_MS);
    expect(agent.raw.readyState).toBe(WebSocket.OPEN);
    await hub.clock.advance(2 * SECOND_MS);
    expect((await agent.closed).code).toBe(4400);
  });
});

describe("[WS-07] compression", () => {
  test.for([
    ["browsers", LIVE, () => liveHeaders(hub, viewer)],
    ["agents", AGENT, () => ({})],
  ] as const)("[WS-07] is off for %s, and a compressed frame breaks the protocol", async ([, path, headers]) => {
    const socket = await upgrade(hub, path, headers(), { perMessageDeflate: true, from: freshAddress() });
    if (!(socket instanceof WebSocket)) throw new Error("refused");
    const live = liveSocket(hub, socket);
    expect(socket.extensions).toBe("");
    // RSV1, masked, five bytes.
    socketOf(live).write(Buffer.from([0xc1, 0x85, 0, 0, 0, 0, 1, 2, 3, 4, 5]));
    expect((await live.closed).code).toBe(1002);
  });
});

describe("[WS-08] messages that are none", () => {
  test.for([
    "",
    "null",
    "[]",
    '"hello"',
    "{}",
    '{"t":"nothing"}',
    '{"t":"subscribe"}',
    '{"t":"subscribe","topic":null}',
    '{"t":"subscribe","topic":["fleet"]}',
    '{"t":"subscribe","topic":"fleet","actor":"admin"}',
    '{"t":"subscribe","topic":"fleet","__proto__":{"role":"admin"}}',
    `{"t":"subscribe","topic":"${"a".repeat(10_000)}"}`,
    `${"[".repeat(10_000)}${"]".repeat(10_000)}`,
    `[${"0,".repeat(20_000)}0]`,
    "{not json",
  ])("[WS-08] %s closes with 4400 and harms nobody", async (text) => {
    const live = await openLive(hub, viewer);
    live.raw.send(text);
    expect((await live.closed).code).toBe(4400);
  });

  test("[WS-08] binary is no message", async () => {
    const live = await openLive(hub, viewer);
    live.raw.send(randomBytes(100));
    expect((await live.closed).code).toBe(4400);
  });

  test("[WS-09] topics that are none are refused, the socket stays", async () => {
    const live = await openLive(hub, viewer);
    const { id } = hub.servers[0]!;
    for (const topic of [
      "all",
      "*",
      "fleet/",
      "fleet/x",
      "server",
      "server/",
      "server/*",
      `server/${id},${id}`,
      `server/${id}/`,
      `Server/${id}`,
      "join-token/",
      "__proto__",
      "audit",
    ]) {
      const since = live.messages.length;
      live.send({ t: "subscribe", topic });
      expect(await live.next((message) => message.topic === topic, topic, since)).toMatchObject({
        t: "refused",
        code: "NOT_FOUND",
      });
    }
    await live.close();
  });
});

describe("[AZ-07] what comes through a socket", () => {
  test("[AZ-07] is what the HTTP API tells the same user", async () => {
    const live = await openLive(hub, viewer);
    live.send({ t: "subscribe", topic: "fleet" });
    const { state } = await live.next(({ t }) => t === "state", "the fleet");
    expect(state.servers).toEqual((await viewer.get("/api/v1/servers")).json.items);
    await live.close();
  });

  test("[AZ-07] stops with the right: a demoted administrator hears no more of a join token", async () => {
    const second = hub.sessionOf("second");
    const made = await second.post("/api/v1/join-tokens", {});
    const topic = `join-token/${made.json.joinToken.id}`;
    const live = await openLive(hub, second);
    live.send({ t: "subscribe", topic });
    await live.next(({ t }) => t === "state", "the join token");
    const heard = live.messages.length;
    const admin = hub.sessionOf("admin");
    await admin.ask("PATCH", `/api/v1/users/${hub.userIds["second"]}`, { body: { role: "viewer" } });
    await admin.ask("PATCH", `/api/v1/servers/${hub.servers[1]!.id}`, { body: { notes: "tells every join token" } });
    live.send({ t: "subscribe", topic });
    await hub.clock.advance(SECOND_MS);
    await live.closed;
    expect(live.messages.slice(heard).filter(({ t }) => t === "state")).toEqual([]);
  });
});

describe("[AZ-08] an open socket of somebody who may no more", () => {
  test.for([{ enabled: false }, { role: "viewer" }])(
    "[AZ-08] after %j it is powerless within a second",
    async (change) => {
      const admin = hub.sessionOf("admin");
      const path = `/api/v1/users/${hub.userIds["other"]}`;
      await admin.ask("PATCH", path, { body: { enabled: true, role: "operator" } });
      const live = await openLive(hub, hub.sessionOf("other"));
      live.send({ t: "subscribe", topic: "fleet" });
      await live.next(({ t }) => t === "state", "the fleet");
      const startedMs = performance.now();
      expect((await admin.ask("PATCH", path, { body: change })).status).toBe(200);
      const heard = live.messages.length;
      await admin.ask("PATCH", `/api/v1/servers/${hub.servers[2]!.id}`, { body: { notes: `${startedMs}` } });
      expect((await live.closed).code).toBe(4401);
      expect(performance.now() - startedMs).toBeLessThan(1_000);
      expect(live.messages.length).toBe(heard);
    },
  );
});

const clean = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<string, string>;

/** The TCP socket under a client's WebSocket: for bytes that no library would send. */
const socketOf = (live: LiveSocket): NodeJS.WritableStream =>
  (live.raw as unknown as { readonly _socket: NodeJS.WritableStream })._socket;
