import { contextBytes } from "@muster/protocol";
import { generateKeys, importPublicKey, sha256, sha256Hex, sign, toBase64url, verify } from "@muster/node-kit";
import type { HelloBody, ReadyBody } from "@muster/protocol";
import { connectAs, ScriptedAgent, startFaultProxy, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

test("the hub signs hello over both nonces, and ready over the session", async () => {
  const identity = await hub.join("proofs");
  await using agent = await ScriptedAgent.open(hub.address);
  const { agentNonce, hubNonce, hubPub, certificate } = await agent.greet();
  const hello = agent.frames[0] as { body: string; sig: string };
  const { hubCert } = JSON.parse(hello.body) as HelloBody;
  const rootPub = Buffer.from(certificate.rootPub, "base64url");
  const certified = contextBytes("hubcert", [hubPub, certificate.hubId, certificate.notBefore, certificate.notAfter]);
  expect(verify(rootPub, certified, Buffer.from(certificate.sig, "base64url"))).toBe(true);
  const signed = contextBytes("hello", [agentNonce, hubNonce, sha256(hubCert), sha256(hello.body)]);
  expect(verify(hubPub, signed, Buffer.from(hello.sig, "base64url"))).toBe(true);
  const token = await hub.token({ name: "pin" });
  expect(sha256Hex(rootPub).slice(0, 32)).toBe(token.split(".")[3]);

  agent.send(agent.authFrame(identity));
  const ready = await agent.next("ready");
  const { sessionId } = JSON.parse(ready.body) as ReadyBody;
  const proof = contextBytes("ready", [identity.agentId, agentNonce, hubNonce, sessionId, sha256(ready.body)]);
  expect(verify(hubPub, proof, Buffer.from(ready.sig, "base64url"))).toBe(true);
});

test("two connections never get the same nonce", async () => {
  const nonces = new Set<string>();
  for (let index = 0; index < 20; index++) {
    await using agent = await ScriptedAgent.open(hub.address);
    nonces.add(Buffer.from((await agent.greet()).hubNonce).toString("hex"));
  }
  expect(nonces.size).toBe(20);
});

test.for<[string, readonly number[], number | "hello"]>([
  ["only a version that is too old", [0], 4426],
  ["only versions to come", [2, 3, 99], 4426],
  ["an old, the present and a new one", [0, 1, 2], "hello"],
])("an agent that offers %s is answered with %s → %s", async ([, versions, answer]) => {
  await using agent = await ScriptedAgent.open(hub.address);
  agent.send({ t: "begin", versions, agentNonce: toBase64url(Buffer.alloc(32, 7)) });
  if (answer === "hello") {
    expect((JSON.parse((await agent.next("hello")).body) as HelloBody).version).toBe(1);
  } else {
    expect(await agent.end()).toMatchObject({ code: answer, reason: "no protocol version in common" });
    expect(agent.frames).toEqual([]);
  }
});

test("AG-09 a recorded auth is refused on every later connection", async () => {
  const identity = await hub.join("recorded-auth");
  await using first = await ScriptedAgent.open(hub.address);
  await first.greet();
  const recorded = first.authFrame(identity);
  first.send(recorded);
  await first.next("ready");
  await using second = await ScriptedAgent.open(hub.address);
  await second.greet();
  second.send(recorded);
  await second.next("refused");
  expect((await second.end()).code).toBe(4401);
  expect(first.closed).toBeUndefined();
});

test("AG-09 an auth over another nonce, by another key, for another agent, or changed after signing is refused", async () => {
  const identity = await hub.join("auth-proofs");
  const other = await hub.join("auth-other");
  const attempts: readonly ((agent: ScriptedAgent) => object)[] = [
    (agent) => agent.authFrame(identity, {}, { hubNonce: Buffer.alloc(32) }),
    (agent) => agent.authFrame(identity, {}, { keys: generateKeys() }),
    (agent) => agent.authFrame(identity, {}, { keys: other.keys }),
    (agent) => agent.authFrame({ ...identity, agentId: other.agentId }),
    (agent) => agent.authFrame({ ...identity, agentId: "00000000-0000-0000-0000-000000000000" }),
    (agent) => {
      const frame = agent.authFrame(identity) as { body: string };
      return { ...frame, body: frame.body.replace('"lastSeq":0', '"lastSeq":1') };
    },
    // The signature of a result or a rotation is none of an auth.
    (agent) => {
      const frame = agent.authFrame(identity) as { body: string };
      return { ...frame, sig: toBase64url(sign(identity.keys.privateKey, contextBytes("result", [frame.body]))) };
    },
    (agent) => agent.authFrame(identity, { version: 2 }),
  ];
  const answers = new Set<string>();
  for (const attempt of attempts) {
    await using agent = await ScriptedAgent.open(hub.address);
    await agent.greet();
    agent.send(attempt(agent));
    answers.add(JSON.stringify(await agent.next("refused")));
    expect((await agent.end()).code).toBe(4401);
  }
  expect(answers.size).toBe(1);
});

test("AG-01 what a frame says about who it is counts for nothing: samples land at the connection's server", async () => {
  const mine = await hub.join("honest-a");
  const victim = await hub.join("honest-b");
  await using agent = await connectAs(hub.address, mine);
  const at = Date.now();
  agent.send({
    t: "batch",
    agentId: victim.agentId,
    serverId: victim.serverId,
    stream: victim.agentId,
    seq: 1,
    layout: 0,
    define: [{ metric: "test_0", serverId: victim.serverId, labels: { server: victim.serverId } }],
    rows: [[at, 1]],
  });
  await agent.acknowledged(1);
  expect(await hub.tally(mine.serverId, "test_0", at - 60_000, at + 60_000)).toEqual({ count: 1, sum: 1 });
  expect(await hub.tally(victim.serverId, "test_0", at - 60_000, at + 60_000)).toEqual({ count: 0, sum: 0 });
});

test("AG-02 a result for a command of another server is refused and audited; one with a wrong signature ends the link", async () => {
  const mine = await hub.join("answers-a");
  const victim = await hub.join("answers-b");
  await using agent = await connectAs(hub.address, mine);
  await using other = await connectAs(hub.address, victim);
  const asked = hub.ask<{ outcome: string }>("POST", `servers/${victim.serverId}/actions`, { action: "agent.ping" });
  const { c } = await other.next("cmd");
  const { cmd } = JSON.parse(c) as { cmd: string };
  const resultOf = (by: typeof mine, outcome: string): object => {
    const body = JSON.stringify({ cmd, outcome, detail: "said by hand", startedAt: 1, endedAt: 2 });
    return { t: "result", body, sig: toBase64url(sign(by.keys.privateKey, contextBytes("result", [body]))) };
  };
  agent.send(resultOf(mine, "failed"));
  await agent.next("result-ack");
  expect(await hub.auditRows("action.late-result")).toMatchObject([
    { cmd, decision: "refused", target: "answers-a", reason: "no command with this id went to this server" },
  ]);
  other.send(resultOf(victim, "succeeded"));
  expect((await asked).body).toMatchObject({ outcome: "succeeded", cmd });
  agent.send(resultOf(victim, "failed"));
  expect((await agent.end()).code).toBe(4400);
});

test("AG-11 a revoked server's socket is closed within a second, and it does not come back", async () => {
  const identity = await hub.join("to-revoke");
  await using agent = await connectAs(hub.address, identity);
  const startedMs = performance.now();
  expect((await hub.ask("PATCH", `servers/${identity.serverId}`, { state: "revoked" })).status).toBe(200);
  const { code, atMs } = await agent.end(1_000);
  expect(code).toBe(4403);
  expect(atMs - startedMs).toBeLessThan(1_000);
  await using again = await ScriptedAgent.open(hub.address);
  await again.greet();
  again.send(again.authFrame(identity));
  expect(await again.next("refused")).toMatchObject({ code: "REVOKED" });
  expect((await again.end()).code).toBe(4403);
});

test("AG-12 a deleted server's agent has no way back, and its name is free for a new id", async () => {
  const identity = await hub.join("deleted-name");
  await using agent = await connectAs(hub.address, identity);
  expect((await hub.ask("DELETE", `servers/${identity.serverId}`)).status).toBe(204);
  expect((await agent.end()).code).toBe(4403);
  await using again = await ScriptedAgent.open(hub.address);
  await again.greet();
  again.send(again.authFrame(identity));
  expect((await again.end()).code).toBe(4401);
  const fresh = await hub.join("deleted-name");
  expect(fresh.serverId).not.toBe(identity.serverId);
  expect((await hub.server(fresh.serverId)).state).toBe("active");
});

test("AG-14 one key in two living agents: both are quarantined, heard, and store nothing", async () => {
  const identity = await hub.join("cloned");
  await using first = await connectAs(hub.address, identity, { bootId: "boot-a", instanceId: "run-a" });
  await using second = await ScriptedAgent.open(hub.address);
  await second.greet();
  second.send(second.authFrame(identity, { bootId: "boot-b", instanceId: "run-b" }));
  expect((await first.end()).code).toBe(4409);
  expect((await second.end()).code).toBe(4409);
  expect((await hub.server(identity.serverId)).state).toBe("quarantined");
  await using again = await ScriptedAgent.open(hub.address);
  expect((await again.authenticate(identity, { bootId: "boot-a", instanceId: "run-a" })).state).toBe("quarantined");
  again.batch(1, Date.now(), [1]);
  again.send({ t: "future-frame" });
  await again.next("unsupported");
  expect(again.isAcknowledged(1)).toBe(false);
  const action = await hub.ask<{ error: { code: string } }>("POST", `servers/${identity.serverId}/actions`, {
    action: "agent.ping",
  });
  expect(action.body.error.code).toBe("SERVER_QUARANTINED");
  // The other one comes back, too: it is shut out, and the log does not grow with every attempt.
  await using other = await ScriptedAgent.open(hub.address);
  await other.greet();
  other.send(other.authFrame(identity, { bootId: "boot-b", instanceId: "run-b" }));
  expect((await other.end()).code).toBe(4409);
  expect(await hub.auditRows("server.quarantine")).toHaveLength(1);
});

test("AG-14 two copies of an agent on one kernel are clones, too", async () => {
  const identity = await hub.join("cloned-container");
  await using first = await connectAs(hub.address, identity, { bootId: "same", instanceId: "run-a" });
  await using second = await ScriptedAgent.open(hub.address);
  await second.greet();
  second.send(second.authFrame(identity, { bootId: "same", instanceId: "run-b" }));
  expect((await first.end()).code).toBe(4409);
  expect((await hub.server(identity.serverId)).state).toBe("quarantined");
});

test("the same run of an agent that comes back replaces its old connection at once", async () => {
  const identity = await hub.join("flaky");
  await using old = await ScriptedAgent.open(hub.address, { autoPong: false });
  await old.authenticate(identity);
  await using agent = await ScriptedAgent.open(hub.address);
  expect((await agent.authenticate(identity)).state).toBe("active");
  expect((await old.end()).code).toBe(1000);
  expect((await hub.server(identity.serverId)).state).toBe("active");
});

test("a rotated key is proved by both keys; the old one works until the first use of the new", async () => {
  const identity = await hub.join("rotating");
  const fresh = { ...identity, keys: generateKeys() };
  const agent = await ScriptedAgent.open(hub.address);
  const { sessionId } = await agent.authenticate(identity);
  const oldPub = identity.keys.publicDer;
  const newPub = fresh.keys.publicDer;
  const rotation = (newer: typeof identity.keys, session = sessionId, older = identity.keys): object => ({
    t: "rotate",
    newPub: toBase64url(newPub),
    sigOld: toBase64url(sign(older.privateKey, contextBytes("rotateOld", [identity.agentId, session, newPub]))),
    sigNew: toBase64url(sign(newer.privateKey, contextBytes("rotateNew", [identity.agentId, session, oldPub]))),
  });
  const decisions = async (count: number): Promise<readonly string[]> => {
    const rows = await waitFor(
      async () => {
        const found = (await hub.auditRows("server.rotate-key")).filter((row) => row.target === "rotating");
        return found.length >= count ? found : undefined;
      },
      { describe: `${count} audit rows of the rotation` },
    );
    return rows.map((row) => row.decision).reverse();
  };
  agent.send(rotation(generateKeys()));
  agent.send(rotation(fresh.keys, "another session"));
  agent.send(rotation(fresh.keys, sessionId, generateKeys()));
  expect(await decisions(3)).toEqual(["refused", "refused", "refused"]);
  agent.send(rotation(fresh.keys));
  expect((await decisions(5)).slice(3)).toEqual(["allowed", "succeeded"]);
  agent.terminate();

  await (await connectAs(hub.address, identity))[Symbol.asyncDispose]();
  await (await connectAs(hub.address, fresh))[Symbol.asyncDispose]();
  await using late = await ScriptedAgent.open(hub.address);
  await late.greet();
  late.send(late.authFrame(identity));
  expect((await late.end()).code).toBe(4401);
  expect(importPublicKey(newPub)).toBeDefined();
});

test("a frame of a later version is answered with unsupported, and the link stays", async () => {
  const identity = await hub.join("newer-agent");
  await using agent = await connectAs(hub.address, identity);
  agent.send({ t: "log-lines", lines: [] });
  expect(await agent.next("unsupported")).toEqual({ t: "unsupported", what: "log-lines" });
  agent.send({
    t: "batch",
    seq: 1,
    layout: 0,
    define: [{ metric: "test_0" }],
    rows: [[Date.now(), 1]],
    fromTheFuture: 1,
  });
  await agent.acknowledged(1);
});

// Both wait five seconds for an answer that does not come.
test.concurrent("AG-11 a server that is revoked while its proof is being checked gets no session", async ({
  expect,
}) => {
  const identity = await hub.join("revoked-midway");
  // The old connection does not answer, so the new one waits for the verdict on it, and is revoked meanwhile.
  await using old = await ScriptedAgent.open(hub.address, { autoPong: false });
  await old.authenticate(identity);
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  agent.send(agent.authFrame(identity, { bootId: "boot-2", instanceId: "run-2" }));
  await waitFor(() => hub.ask("PATCH", `servers/${identity.serverId}`, { state: "revoked" }), { describe: "revoked" });
  expect((await agent.end(8_000)).code).toBe(4403);
  expect(agent.frames.some((frame) => frame.t === "ready")).toBe(false);
});

test.concurrent("AG-14 a machine that crashed and rebooted while its old connection looks open is not quarantined", async ({
  expect,
}) => {
  const identity = await hub.join("crashed");
  await using line = await startFaultProxy({ host: "127.0.0.1", port: Number(new URL(hub.address).port) });
  await using old = await connectAs(`http://127.0.0.1:${line.port}`, identity, {
    bootId: "boot-1",
    instanceId: "run-1",
  });
  line.setFault({ is: "black-hole" });
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  agent.send(agent.authFrame(identity, { bootId: "boot-2", instanceId: "run-2" }));
  expect(JSON.parse((await agent.next("ready", 8_000)).body)).toMatchObject({ state: "active" });
  expect((await hub.server(identity.serverId)).state).toBe("active");
  agent.batch(1, Date.now(), [1]);
  await agent.acknowledged(1);
  expect(old.closed).toBeUndefined();
});
