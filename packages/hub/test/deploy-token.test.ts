import { DatabaseSync } from "node:sqlite";
import { generateKeys, uuidv7 } from "@muster/node-kit";
import type { Server } from "@muster/protocol";
import { connectAs, joinAs, ScriptedAgent, temporaryDirectory, waitFor } from "@muster/testkit";
import type { ScriptedIdentity } from "@muster/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { AgentSession } from "../src/links/agent/agent-session.ts";
import { TestHub } from "./agent-hub.ts";

const directory = await temporaryDirectory("deploy-token");
let hub: TestHub;
let state: DatabaseSync;
beforeAll(async () => {
  hub = await TestHub.start({ metricStore: "memory", dataDir: directory.file("data") });
  state = new DatabaseSync(directory.file("data", "state.db"));
});
afterAll(async () => {
  state.close();
  await hub[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

let count = 0;
/** A server that is to be reached by SSH; nobody answers there. */
async function bySsh(): Promise<{ readonly id: string; readonly name: string }> {
  const name = `ssh-${count++}`;
  const link = { kind: "ssh", host: "127.0.0.1", port: 1, user: "root", authentication: "agent" };
  const { status, body } = await hub.ask<{ server: Server }>("POST", "servers", { name, link });
  expect(status).toBe(201);
  return { id: body.server.id, name };
}
/** A token as a deployment makes it: good for this server alone. */
async function boundToken(serverId: string, name: string): Promise<string> {
  const token = await hub.token({ name });
  state.prepare("UPDATE join_token SET server_id = ? WHERE id = ?").run(serverId, token.split(".")[1]!);
  return token;
}
async function join(token: string, name: string): Promise<ScriptedIdentity | "refused"> {
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  const keys = generateKeys();
  agent.send(agent.enrollFrame(token, name, keys));
  await agent.next("refused");
  return "refused";
}
const usesLeft = (token: string): unknown =>
  state.prepare("SELECT uses_left FROM join_token WHERE id = ?").get(token.split(".")[1]!)?.["uses_left"];

test("[DP4] [DP7] by a bound token a server that is there gets its agent, and stays who it was", async () => {
  const { id, name } = await bySsh();
  const before = await hub.server(id);
  const identity = await joinAs(hub.address, await boundToken(id, name), name);
  expect(identity.serverId).toBe(id);
  await using agent = await connectAs(hub.address, identity);
  expect(agent.closed).toBeUndefined();
  const after = await hub.server(id);
  expect(after).toMatchObject({
    id,
    name,
    link: "agent",
    linkState: null,
    hasSshLink: true,
    createdAt: before.createdAt,
  });
  expect((await hub.ask("GET", `servers/${id}/link`)).status).toBe(200);
});

test("[DP7] it is good once, for that server under its name, and not while that one has an agent", async () => {
  const { id, name } = await bySsh();
  const [first, second] = [await boundToken(id, name), await boundToken(id, name)];
  expect(await join(first, "another")).toBe("refused");
  await joinAs(hub.address, first, name);
  expect(await join(first, name)).toBe("refused");
  expect(await join(second, name)).toBe("refused");
  // Nothing was spent on what came to nothing.
  expect([usesLeft(first), usesLeft(second)]).toEqual([0, 1]);
  const gone = await boundToken(id, name);
  await hub.ask("DELETE", `servers/${id}`);
  expect(usesLeft(gone)).toBeUndefined();
  expect(await join(gone, name)).toBe("refused");
});

test("[DP7] it registers no server that pushes, and gives none that was revoked an agent", async () => {
  const { id, name } = await bySsh();
  const token = await boundToken(id, name);
  const registered = await fetch(`${hub.address}/api/v1/servers/register`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ name }),
  });
  expect(registered.status).toBe(403);
  await hub.ask("PATCH", `servers/${id}`, { state: "revoked" });
  expect(await join(token, name)).toBe("refused");
  expect(usesLeft(token)).toBe(1);
});

test("[DP7] while a command that was sent there has no result, no agent joins, whose journal would not know of it", async () => {
  const { id, name } = await bySsh();
  const token = await boundToken(id, name);
  const cmd = uuidv7(Date.now());
  state
    .prepare(
      `INSERT INTO action (id, batch_id, server_id, server_name, action, args, needs, actor, actor_ref, door, reason, state,
        detail, asked_at, not_after, sent_at, audit_seq, audit_hash)
      VALUES (?, ?, ?, ?, 'service.restart', '{}', 'actions.normal', 'admin', '{}', 'http', '', 'sent', '', 0, 0, 0, 1, '')`,
    )
    .run(cmd, cmd, id, name);
  expect(await join(token, name)).toBe("refused");
  state
    .prepare("UPDATE action SET state = 'ended', outcome = 'succeeded', ended_by = 'server', ended_at = 0 WHERE id = ?")
    .run(cmd);
  expect((await joinAs(hub.address, token, name)).serverId).toBe(id);
});

test("[DP7] a hub that starts takes back an agent that joined and never came, and none that came", async () => {
  const [never, came] = [await bySsh(), await bySsh()];
  const lost = await joinAs(hub.address, await boundToken(never.id, never.name), never.name);
  const identity = await joinAs(hub.address, await boundToken(came.id, came.name), came.name);
  await using _agent = await connectAs(hub.address, identity);
  const plain = await hub.join("by-hand");
  await hub.restart();
  expect(await hub.server(never.id)).toMatchObject({ link: "ssh" });
  expect(await hub.server(came.id)).toMatchObject({ link: "agent" });
  expect(await hub.server(plain.serverId)).toMatchObject({ link: "agent" });
  // Its key is nobody's any more.
  await using shut = await ScriptedAgent.open(hub.address);
  await shut.authenticate(lost).catch(() => undefined);
  expect((await shut.end()).code).toBe(4401);
  const again = await joinAs(hub.address, await boundToken(never.id, never.name), never.name, lost.keys);
  expect(again.serverId).toBe(never.id);
});

test("an agent that is taken away while its proof is being checked gets no session", async () => {
  const { id, name } = await bySsh();
  const identity = await joinAs(hub.address, await boundToken(id, name), name);
  // The old connection does not answer, so the new one waits for the verdict on it.
  await using old = await ScriptedAgent.open(hub.address, { autoPong: false });
  await old.authenticate(identity);
  using verdict = vi.spyOn(AgentSession.prototype, "isAlive");
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  agent.send(agent.authFrame(identity, { bootId: "boot-2", instanceId: "run-2" }));
  await waitFor(() => verdict.mock.calls.length > 0, { describe: "the proof was good" });
  state.prepare("DELETE FROM agent WHERE server_id = ?").run(id);
  expect((await hub.ask("PATCH", `servers/${id}`, { notes: "its agent is gone" })).status).toBe(200);
  expect((await agent.end(8_000)).code).toBe(4403);
  expect(agent.frames.some((frame) => frame.t === "ready")).toBe(false);
}, 15_000);

test("[DP11] what is done to an agent needs a server that is reached by SSH", async () => {
  const joined = await hub.join("without-ssh");
  const ask = (id: string, action: string) =>
    hub.ask<{ error: { message: string } }>("POST", `servers/${id}/agent`, { action });
  expect(await ask(joined.serverId, "deploy")).toMatchObject({ status: 409 });
  expect(await ask(joined.serverId, "upgrade")).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringMatching(/joined by itself|not built/) } },
  });
});
