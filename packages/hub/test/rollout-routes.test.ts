import { sign, toBase64url } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, WireService } from "@muster/protocol";
import { connectAs, waitFor } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { expect, test } from "vitest";
import { startTestHub, wireService } from "./harness.ts";
import type { TestHub, TestServer } from "./harness.ts";

const NAMES = ["alpha", "beta", "gamma"];

/** An agent that tells of a database and a web server that needs it, and restarts what it is told to. */
async function agentOf(hub: TestHub, server: TestServer, comesBack: boolean): Promise<ScriptedAgent> {
  const agent = await connectAs(hub.running.address, { ...server, serverId: server.id }, { at: hub.clock.now() });
  const told = new Map<string, WireService>(
    ["db.service", "web.service"].map((name) => [
      name,
      wireService({ name, run: `${name} 1`, ...(name === "web.service" && { needs: ["db.service"] }) }),
    ]),
  );
  const tell = (): void =>
    agent.send({
      ...{ t: "services", whole: true, services: [...told.values()], removed: [], ledgerId: "ab", ledgerSeq: 0 },
    });
  tell();
  void (async () => {
    for (let count = 2; ; count++) {
      const { cmd, args } = JSON.parse((await agent.next("cmd")).c) as CommandCore;
      const name = String(args["name"]);
      const state = comesBack ? "running" : "failed";
      told.set(name, {
        ...told.get(name)!,
        run: `${name} ${count}`,
        state,
        health: comesBack ? "healthy" : "unhealthy",
      });
      tell();
      const body = JSON.stringify({ cmd, outcome: "succeeded", detail: "a new run", startedAt: 1, endedAt: 2 });
      agent.send({ t: "result", body, sig: toBase64url(sign(server.keys.privateKey, contextBytes("result", [body]))) });
    }
  })().catch(() => undefined);
  return agent;
}

test("[RO1] [RO3] [RO11] over HTTP, with agents: what is needed first, then what needs it, until one does not come back", async () => {
  await using hub = await startTestHub({ servers: NAMES });
  const agents: ScriptedAgent[] = [];
  await using _ = {
    [Symbol.asyncDispose]: async () => void (await Promise.all(agents.map((agent) => agent[Symbol.asyncDispose]()))),
  };
  for (const server of hub.servers) agents.push(await agentOf(hub, server, server.name !== "gamma"));
  const admin = hub.sessionOf("admin");
  await waitFor(async () => (await admin.get("/api/v1/services")).json.items.length === 6, {
    describe: () => "all services are told",
  });

  const graph = (await admin.get(`/api/v1/services/graph?server=${hub.servers[0]!.id}`)).json;
  expect(graph.services.map((service: { name: string; layer: number }) => [service.name, service.layer])).toEqual([
    ["db.service", 0],
    ["web.service", 1],
  ]);
  expect(graph.links).toMatchObject([{ source: "systemd" }]);

  const planned = await admin.post("/api/v1/rollouts", {
    ...{ name: "all new", action: "service.restart", targets: { driver: "systemd" }, order: "graph" },
    ...{ batch: { is: "percent", percent: 50 }, gate: { stableMs: 1_000, timeoutMs: 5_000 } },
  });
  expect(planned.status).toBe(201);
  const { rollout, plan } = planned.json;
  type Wave = { targets: { server: string; service: { name: string } }[] };
  expect(
    plan.waves.map(({ targets }: Wave) => targets.map(({ server, service }) => `${server} ${service.name}`)),
  ).toEqual([
    ["alpha db.service", "beta db.service", "gamma db.service"],
    ["alpha web.service", "beta web.service", "gamma web.service"],
  ]);
  expect(agents.flatMap(({ frames }) => frames.filter(({ t }) => t === "cmd"))).toEqual([]);
  expect((await admin.post(`/api/v1/rollouts/${rollout.id}/start`, { sha256: "0".repeat(64) })).code).toBe("CONFLICT");
  const { sha256 } = rollout;
  expect((await admin.post(`/api/v1/rollouts/${rollout.id}/start`, { sha256 })).json.state).toBe("running");

  const read = async () => (await admin.get(`/api/v1/rollouts/${rollout.id}`)).json;
  await waitFor(
    async () => {
      await hub.clock.advance(1_000);
      return (await read()).rollout.state === "ended";
    },
    { timeoutMs: 20_000, describe: () => "the rollout has ended" },
  );
  const { rollout: ended, targets } = await read();
  expect(ended).toMatchObject({ outcome: "failed", counts: { good: 2, failed: 1, waiting: 3 } });
  expect(targets.map(({ stage, detail }: Record<string, string>) => [stage, detail])).toEqual([
    ["good", ""],
    ["good", ""],
    ["failed", "not well again within 5 s: it is failed"],
    ...Array.from({ length: 3 }, () => ["waiting", ""]),
  ]);
  expect((await admin.get("/api/v1/rollouts")).json.items).toMatchObject([{ id: rollout.id, outcome: "failed" }]);
  expect((await admin.get(`/api/v1/actions/${targets[0].cmd}`)).json).toMatchObject({
    ...{ action: "service.restart", outcome: "succeeded" },
    reason: expect.stringMatching(/^rollout all new .* wave 1 of 2$/),
  });
});
