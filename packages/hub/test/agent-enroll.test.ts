import { generateKeys, toBase64url } from "@muster/node-kit";
import type { WelcomeBody } from "@muster/protocol";
import { connectAs, joinAs, ScriptedAgent } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

interface Refusal {
  readonly frame: object;
  readonly code: number;
  readonly tookMs: number;
}

/** Sends one enrollment and takes down how it is refused. */
async function refusalOf(make: (agent: ScriptedAgent) => object): Promise<Refusal> {
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  const startedMs = performance.now();
  agent.send(make(agent));
  const frame = await agent.next("refused");
  const { code, atMs } = await agent.end();
  return { frame, code, tookMs: atMs - startedMs };
}

test("a token with a name makes an active server, and its agent connects at once", async () => {
  const identity = await hub.join("plain");
  await using agent = await connectAs(hub.address, identity);
  const server = await hub.server(identity.serverId);
  expect(server).toMatchObject({ name: "plain", state: "active", presence: { is: "online" } });
  expect(agent.closed).toBeUndefined();
  expect(server.fingerprint?.split(" ")).toHaveLength(6);
});

test("AG-04 a token that is used, unknown, expired, for another name or with a wrong secret meets one and the same answer, as slowly", async () => {
  const used = await hub.token({ name: "once" });
  await joinAs(hub.address, used, "once");
  const fresh = await hub.token({ name: "fresh" });
  const deleted = await hub.token({ name: "deleted" });
  await hub.ask("DELETE", `join-tokens/${deleted.split(".")[1]}`);
  const wrongSecret = fresh.replace(
    /^(mst1\.[0-9a-f]{10}\.)./,
    (_, head: string) => `${head}${fresh[16] === "A" ? "B" : "A"}`,
  );
  const keys = generateKeys();
  const enroll = (token: string, name: string) => refusalOf((agent) => agent.enrollFrame(token, name, keys));
  const refusals = {
    used: await enroll(used, "once"),
    unknown: await enroll(fresh.replace(/^mst1\.[0-9a-f]{10}/, "mst1.0123456789"), "fresh"),
    deleted: await enroll(deleted, "deleted"),
    otherName: await enroll(fresh, "other"),
    wrongSecret: await enroll(wrongSecret, "fresh"),
    badName: await enroll(fresh, "\u202Efresh\0"),
  };
  for (const [why, { frame, code, tookMs }] of Object.entries(refusals)) {
    expect({ why, frame, code }).toEqual({ why, frame: refusals.used.frame, code: 4401 });
    expect(tookMs, why).toBeGreaterThanOrEqual(245);
  }
  const times = Object.values(refusals).map(({ tookMs }) => tookMs);
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(200);
  // None of this spent the good token.
  expect((await joinAs(hub.address, fresh, "fresh")).serverId).toMatch(/^[0-9a-f-]{36}$/);
  const rows = (await hub.auditRows("server.join")).filter((row) => row.decision === "refused");
  expect(rows).toHaveLength(6);
  expect(rows.find((row) => row.target === "other")?.args).toMatchObject({ tokenName: "fresh" });
});

test("AG-05 of 50 parallel uses of a one-use token exactly one makes an agent", async () => {
  const token = await hub.token({ name: null, uses: 1 });
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await using agent = await ScriptedAgent.open(hub.address);
      await agent.greet();
      agent.send(agent.enrollFrame(token, `many-${index}`, generateKeys()));
      await Promise.race([agent.next("welcome").catch(() => undefined), agent.end().catch(() => undefined)]);
      return agent.frames.at(-1)?.t;
    }),
  );
  expect(outcomes.filter((outcome) => outcome === "welcome")).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === "refused")).toHaveLength(49);
  expect((await hub.servers()).filter(({ name }) => name.startsWith("many-"))).toHaveLength(1);
});

test("AG-06 an enrollment recorded on one connection is refused on another, even while its token is good", async () => {
  const token = await hub.token({ name: null, uses: 5 });
  await using victim = await ScriptedAgent.open(hub.address);
  await victim.greet();
  const recorded = victim.enrollFrame(token, "recorded", generateKeys());
  expect((await refusalOf(() => recorded)).code).toBe(4401);
  victim.send(recorded);
  await victim.next("welcome");
  expect((await refusalOf(() => recorded)).code).toBe(4401);
});

test("AG-07 a public key, a name or a token id that was swapped in flight is refused", async () => {
  const token = await hub.token({ name: null, uses: 5 });
  const other = (await hub.token({ name: null, uses: 5 })).split(".")[1];
  const keys = generateKeys();
  for (const change of [{ agentPub: toBase64url(generateKeys().publicDer) }, { name: "swapped" }, { tokenId: other }]) {
    const { code, frame } = await refusalOf((agent) => agent.enrollFrame(token, "honest", keys, change));
    expect({ change, code, frame }).toMatchObject({ change, code: 4401, frame: { code: "JOIN_REFUSED" } });
  }
  expect((await hub.servers()).some(({ name }) => name === "swapped" || name === "honest")).toBe(false);
});

test("AG-07 whoever has a token cannot join with somebody else's public key", async () => {
  const token = await hub.token({ name: null, uses: 5 });
  const somebody = generateKeys();
  const keys = { publicDer: somebody.publicDer, privateKey: generateKeys().privateKey };
  const { code } = await refusalOf((agent) => agent.enrollFrame(token, "foreign-key", keys));
  expect(code).toBe(4401);
  // Nothing of it stayed: its owner can join.
  await joinAs(hub.address, token, "foreign-key", somebody);
});

test("CR-08 zero, small-order, short and foreign public keys are refused at enrollment", async () => {
  const token = await hub.token({ name: null, uses: 20 });
  const prefix = Buffer.from("302a300506032b6570032100", "hex");
  const points = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  ];
  const publics = [
    ...points.map((point) => Buffer.concat([prefix, Buffer.from(point, "hex")])),
    Buffer.from(points[0]!, "hex"),
    Buffer.alloc(0),
  ];
  for (const publicDer of publics) {
    const keys = { ...generateKeys(), publicDer };
    // A small-order key accepts a signature of R = identity, S = 0 for a part of all messages.
    const zero = Buffer.alloc(64);
    zero[0] = 1;
    const { code } = await refusalOf((agent) => agent.enrollFrame(token, "weak", keys, { sig: toBase64url(zero) }));
    expect({ key: publicDer.toString("hex"), code }).toEqual({ key: publicDer.toString("hex"), code: 4401 });
  }
  expect((await hub.servers()).some(({ name }) => name === "weak")).toBe(false);
});

test("AG-13 a known name that joins again waits under another name, and the one who has it keeps it", async () => {
  const first = await hub.join("taken");
  const token = await hub.token({ name: "taken" });
  await using agent = await ScriptedAgent.open(hub.address);
  const welcome = await agent.enroll(token, "taken", generateKeys());
  expect(welcome.state).toBe("pending");
  const second = await hub.server(welcome.serverId);
  expect(second.name).toMatch(/^taken-[0-9a-f]{6}$/);
  expect((await hub.server(first.serverId)).name).toBe("taken");
});

test("the name of a pending namesake is whole characters, however long and rare they are", async () => {
  const name = `a${"𝒳".repeat(60)}`;
  await hub.join(name);
  const second = await joinAs(hub.address, await hub.token({ name }), name);
  const given = (await hub.server(second.serverId)).name;
  expect(given).not.toBe(name);
  expect(given).toMatch(/^a𝒳{49}-[0-9a-f]{6}$/u);
});

test("a key that is known already cannot join a second time, and the token stays good", async () => {
  const token = await hub.token({ name: null, uses: 1 });
  const { keys } = await hub.join("holder");
  expect((await refusalOf((agent) => agent.enrollFrame(token, "again", keys))).code).toBe(4401);
  const fresh = await joinAs(hub.address, token, "again");
  expect((await hub.server(fresh.serverId)).state).toBe("pending");
});

test("a pending agent is heard, its samples are neither stored nor acknowledged; accepted, it is active", async () => {
  const identity = await joinAs(hub.address, await hub.token({ name: null }), "waiting");
  const at = Date.now();
  {
    await using agent = await ScriptedAgent.open(hub.address);
    expect((await agent.authenticate(identity)).state).toBe("pending");
    agent.batch(1, at, [1]);
    agent.send({ t: "future-frame" });
    await agent.next("unsupported");
    expect(agent.isAcknowledged(1)).toBe(false);
    expect((await hub.server(identity.serverId)).presence.is).toBe("pending");
    expect((await hub.ask("PATCH", `servers/${identity.serverId}`, { state: "active" })).status).toBe(200);
    // The session was judged pending, so the agent is asked to come again.
    expect((await agent.end()).code).toBe(1000);
  }
  await using agent = await ScriptedAgent.open(hub.address);
  const ready = await agent.authenticate(identity, { lastSeq: 1 });
  expect(ready).toMatchObject({ state: "active", received: [] });
  agent.batch(1, at, [1]);
  await agent.acknowledged(1);
  expect(await hub.tally(identity.serverId, "test_0", at - 60_000, at + 60_000)).toEqual({ count: 1, sum: 1 });
});

test("the welcome is signed over this enrollment", async () => {
  await using agent = await ScriptedAgent.open(hub.address);
  const keys = generateKeys();
  await agent.enroll(await hub.token({ name: "signed" }), "signed", keys);
  const frame = agent.frames.at(-1) as { body: string; sig: string };
  const { state, epoch } = JSON.parse(frame.body) as WelcomeBody;
  expect({ state, isEpoch: epoch > 1e9, sigCharacters: frame.sig.length }).toEqual({
    state: "active",
    isEpoch: true,
    sigCharacters: 86,
  });
});
