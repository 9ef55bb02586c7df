import { MINUTE_MS } from "@muster/core";
import { sign, toBase64url } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, ResultBody } from "@muster/protocol";
import { connectAs } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import type { TestHub, TestServer } from "./harness.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub({ servers: ["alpha", "beta"] });
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => hub.clock.advance(MINUTE_MS));

const connect = (server: TestServer, to = hub): Promise<ScriptedAgent> =>
  connectAs(to.running.address, { ...server, serverId: server.id }, { at: to.clock.now() });

async function nextCore(agent: ScriptedAgent): Promise<CommandCore> {
  return JSON.parse((await agent.next("cmd")).c) as CommandCore;
}

function answer(agent: ScriptedAgent, server: TestServer, cmd: string, change: Partial<ResultBody> = {}): void {
  const body = JSON.stringify({ cmd, outcome: "succeeded", detail: "done", startedAt: 1, endedAt: 2, ...change });
  const sig = toBase64url(sign(server.keys.privateKey, contextBytes("result", [body])));
  agent.send({ t: "result", body, sig });
}

describe("the routes of actions", () => {
  test("[CO13] asked, listed, waited for: what a named command printed is in its own answer and in no list", async () => {
    const [alpha] = hub.servers;
    await using agent = await connect(alpha!);
    const admin = hub.sessionOf("admin");
    const asked = await admin.post("/api/v1/actions", {
      ...{
        action: "exec.run",
        args: { command: "rotate", days: 3 },
        targets: { servers: [alpha!.id] },
        reason: "full",
      },
    });
    expect(asked.status).toBe(202);
    const [item] = asked.json.items;
    expect(item).toMatchObject({ server: "alpha", action: "exec.run", outcome: null, actor: "admin", reason: "full" });
    const core = await nextCore(agent);
    expect(core).toMatchObject({ cmd: item.id, args: { command: "rotate", days: 3 }, reason: "full" });
    const waiting = admin.get(`/api/v1/actions/${item.id}?waitMs=60000`);
    answer(agent, alpha!, item.id, { exit: 0, output: "rotated\n" });
    expect((await waiting).json).toMatchObject({ state: "ended", outcome: "succeeded", exit: 0, output: "rotated\n" });
    for (const query of [`batch=${asked.json.batchId}`, `server=${alpha!.id}&state=ended&limit=1`])
      expect((await admin.get(`/api/v1/actions?${query}`)).json.items).toMatchObject([{ id: item.id, output: null }]);
    expect((await admin.get(`/api/v1/actions?before=${item.id}&batch=${asked.json.batchId}`)).json.items).toEqual([]);
    expect((await admin.get(`/api/v1/actions/${item.id}?waitMs=60001`)).status).toBe(400);
  });

  test("[CO6] Idempotency-Key on every route that asks; one that cannot be a key is an error", async () => {
    const [alpha] = hub.servers;
    await using agent = await connect(alpha!);
    const admin = hub.sessionOf("admin");
    const ping = (key: string, reason = "") =>
      admin.ask("POST", "/api/v1/actions", {
        body: { action: "agent.ping", targets: { servers: [alpha!.id] }, reason },
        headers: { "idempotency-key": key },
      });
    const first = await ping("key-1");
    expect((await ping("key-1")).json.batchId).toBe(first.json.batchId);
    expect((await ping("key-1", "other")).code).toBe("CONFLICT");
    expect((await ping("no spaces")).code).toBe("BAD_REQUEST");
    expect((await ping("x".repeat(201))).code).toBe("BAD_REQUEST");
    answer(agent, alpha!, (await nextCore(agent)).cmd);
    const wait = () =>
      admin.ask("POST", `/api/v1/servers/${alpha!.id}/actions`, {
        body: { action: "agent.ping" },
        headers: { "idempotency-key": "key-2" },
      });
    const [one, two] = [wait(), wait()];
    const { cmd } = await nextCore(agent);
    answer(agent, alpha!, cmd);
    expect([(await one).json.cmd, (await two).json.cmd]).toEqual([cmd, cmd]);
    expect(agent.frames.filter(({ t }) => t === "cmd")).toHaveLength(2);
  });

  test("[AZ-02] [SE-11] a viewer asks for nothing by HTTP; a stale proof reboots nothing and defines nothing", async () => {
    const [alpha] = hub.servers;
    await using agent = await connect(alpha!);
    const body = { action: "agent.ping", targets: { servers: [alpha!.id] } };
    expect((await hub.sessionOf("viewer").post("/api/v1/actions", body)).status).toBe(403);
    const operator = hub.sessionOf("operator");
    hub.clock.stepWallTime(6 * MINUTE_MS);
    const reboot = { action: "server.reboot", targets: { servers: [alpha!.id] } };
    expect((await operator.post("/api/v1/actions", reboot)).code).toBe("STEP_UP_NEEDED");
    const path = `/api/v1/servers/${alpha!.id}/definitions/process/web`;
    expect((await operator.ask("PUT", path, { body: { definition: {} } })).code).toBe("STEP_UP_NEEDED");
    expect((await operator.ask("DELETE", path)).code).toBe("STEP_UP_NEEDED");
    hub.clock.stepWallTime(-6 * MINUTE_MS);
    expect(agent.frames.filter(({ t }) => t === "cmd")).toEqual([]);
  });

  test("[CO14] a definition travels with its secrets, and the outcome is waited for", async () => {
    const [alpha] = hub.servers;
    await using agent = await connect(alpha!);
    const admin = hub.sessionOf("admin");
    const path = `/api/v1/servers/${alpha!.id}/definitions/process/web`;
    const put = admin.ask("PUT", path, {
      body: { definition: { command: ["/usr/bin/web"], secrets: ["KEY"] }, secrets: { KEY: "canary-5ecret" } },
    });
    const core = await nextCore(agent);
    expect(core.action).toBe("service.define");
    expect(JSON.parse(String(core.args["definition"]))).toEqual({
      ...{ command: ["/usr/bin/web"], driver: "process", name: "web", secrets: { KEY: "canary-5ecret" } },
    });
    answer(agent, alpha!, core.cmd, { outcome: "refused", detail: "policy: no entry allows service.define" });
    expect((await put).json).toMatchObject({ outcome: "refused", detail: "policy: no entry allows service.define" });
    const dump = JSON.stringify([
      hub.state.prepare("SELECT row FROM audit").all(),
      hub.state.prepare("SELECT * FROM action").all(),
      hub.answers,
      hub.logs,
    ]);
    expect(dump).not.toContain("canary-5ecret");
    const removing = admin.ask("DELETE", path);
    const undefine = await nextCore(agent);
    expect(undefine).toMatchObject({ action: "service.undefine", args: { driver: "process", name: "web" } });
    answer(agent, alpha!, undefine.cmd);
    expect((await removing).json.outcome).toBe("succeeded");
  });
});

test("[CO4] a hub that starts anew sends what has no result, with the same core", async () => {
  const first = await startTestHub({ users: { admin: "admin" }, servers: ["gamma"] });
  const [gamma] = first.servers;
  let core: string;
  {
    await using agent = await connect(gamma!, first);
    const body = { action: "agent.ping", targets: { servers: [gamma!.id] } };
    expect((await first.sessionOf("admin").post("/api/v1/actions", body)).status).toBe(202);
    core = (await agent.next("cmd")).c;
  }
  await first.stop();
  await using second = await startTestHub({ directory: first.directory, clock: first.clock });
  await using agent = await connect(gamma!, second);
  expect((await agent.next("cmd")).c).toBe(core);
  answer(agent, gamma!, (JSON.parse(core) as CommandCore).cmd);
  await agent.next("result-ack");
  const { items } = (await second.sessionOf("admin").get("/api/v1/actions")).json;
  expect(items).toMatchObject([{ state: "ended", outcome: "succeeded" }]);
});
