import { afterAll, beforeAll, expect, test } from "vitest";
import { MusterError } from "@muster/core";
import { contextBytes } from "@muster/protocol";
import { sign, toBase64url } from "@muster/node-kit";
import { connectAs } from "@muster/testkit";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory" });
});
afterAll(() => hub[Symbol.asyncDispose]());

const NO_POLICY = new MusterError("ACTION_REFUSED").message;

test("a call whose connection ends is answered at once, not after its time", async () => {
  const identity = await hub.join("hangs-up");
  await using agent = await connectAs(hub.address, identity);
  const asked = hub.ask<{ error: { code: string } }>("GET", `servers/${identity.serverId}/processes`);
  await agent.next("call");
  agent.terminate();
  const { status, body } = await asked;
  expect({ status, code: body.error.code }).toEqual({ status: 503, code: "SERVER_OFFLINE" });
});

test("a reply that nobody waits for, of an id that was never given, is dropped", async () => {
  const identity = await hub.join("talks-alone");
  await using agent = await connectAs(hub.address, identity);
  agent.send({ t: "reply", id: 12_345, ok: true, result: { processes: [] } });
  agent.batch(1, Date.now(), [1]);
  await agent.acknowledged(1);
});

test("a command is signed for this session, and its outcome is what the server signed; a lost one is sent again", async () => {
  const identity = await hub.join("commanded");
  await using agent = await connectAs(hub.address, identity);
  const ask = () =>
    hub.ask<{ outcome: string; detail: string }>("POST", `servers/${identity.serverId}/actions`, {
      action: "agent.ping",
    });
  const refused = ask();
  const { c, d } = await agent.next("cmd");
  const { cmd, agent: to } = JSON.parse(c) as { cmd: string; agent: string };
  expect(to).toBe(identity.agentId);
  const { iat, exp, seq } = JSON.parse(d) as { iat: number; exp: number; seq: number };
  expect(exp - iat).toBeLessThanOrEqual(120_000);
  const body = JSON.stringify({ cmd, outcome: "refused", detail: NO_POLICY, startedAt: 1, endedAt: 2 });
  const sig = toBase64url(sign(identity.keys.privateKey, contextBytes("result", [body])));
  agent.send({ t: "result", body, sig });
  expect((await refused).body).toMatchObject({ outcome: "refused", detail: NO_POLICY });
  // Said again, because the acknowledgement was lost: acknowledged again, and no second outcome.
  agent.send({ t: "result", body, sig });
  await agent.next("result-ack");

  const lost = ask();
  const second = await agent.next("cmd");
  expect((JSON.parse(second.d) as { seq: number }).seq).toBeGreaterThan(seq);
  agent.terminate();
  await using again = await connectAs(hub.address, identity);
  const third = await again.next("cmd");
  expect(third.c).toBe(second.c);
  expect((JSON.parse(third.d) as { seq: number }).seq).toBeGreaterThan((JSON.parse(second.d) as { seq: number }).seq);
  const { cmd: repeated } = JSON.parse(third.c) as { cmd: string };
  const late = JSON.stringify({ cmd: repeated, outcome: "succeeded", detail: "", startedAt: 1, endedAt: 2 });
  const signature = toBase64url(sign(identity.keys.privateKey, contextBytes("result", [late])));
  again.send({ t: "result", body: late, sig: signature });
  expect((await lost).body.outcome).toBe("succeeded");
});
