import { expect, test } from "vitest";
import type { Delivered } from "./command-world.ts";
import { RolloutWorld } from "./rollout-world.ts";

const SERVERS = ["alpha", "beta", "gamma", "delta"];
const stages = ({ run }: { readonly run: { readonly targets: readonly { readonly stage: string }[] } }): string =>
  run.targets.map(({ stage }) => stage).join(" ");
const code = (name: string): object => expect.objectContaining({ code: name });

test("[RO1] [RO5] a plan starts nothing; started, it goes wave by wave, each after the one before was well on end", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  const taken = world.obey();
  const actor = world.commands.session("operator");
  const plan = await world.desk.plan(actor, "http", world.wish({ batch: { is: "percent", percent: 50 }, canary: 1 }));
  await world.seconds(30);
  expect(taken).toEqual([]);
  expect(plan.plan.waves.map(({ isCanary, targets }) => [isCanary, targets.map(({ server }) => server)])).toEqual([
    [true, ["alpha"]],
    [false, ["beta", "delta"]],
    [false, ["gamma"]],
  ]);
  await world.desk.start(plan.id, actor, "http", plan.sha256);
  await world.seconds(4);
  expect(taken).toHaveLength(1);
  await world.seconds(3);
  expect(taken).toHaveLength(3);
  const ended = await world.ended(plan.id);
  expect(ended.run.state).toMatchObject({ outcome: "succeeded", detail: "all 4 are well" });
  expect(taken.map(({ core }) => core.reason)).toEqual([
    expect.stringMatching(/^rollout web \(.*\), wave 1 of 3$/),
    expect.stringMatching(/wave 2 of 3$/),
    expect.stringMatching(/wave 2 of 3$/),
    expect.stringMatching(/wave 3 of 3$/),
  ]);
  const rows = await world.commands.rows();
  expect(
    rows.filter(({ action }) => action.startsWith("rollout.")).map(({ action, decision }) => `${action} ${decision}`),
  ).toEqual(["rollout.plan allowed", "rollout.start allowed", "rollout.end succeeded"]);
});

test("[RO11] [RO12] one target does not come back: nothing more begins", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  const taken = world.obey();
  world.sights.set(world.serviceIds[1]!, { is: "dark", why: "its server does not say how it is" });
  const { id } = await world.started();
  const ended = await world.ended(id);
  expect(ended.run.state).toMatchObject({ outcome: "failed" });
  expect(stages(ended)).toBe("good failed waiting waiting");
  expect(ended.run.targets[1]!.detail).toBe("not well again within 60 s: its server does not say how it is");
  expect(taken).toHaveLength(2);
  expect(await world.commands.rows()).toContainEqual(
    expect.objectContaining({ action: "rollout.end", decision: "failed" }),
  );
});

test("[RO11] a service that a check called healthy must be healthy again, and one that ends again meanwhile was not well on end", async () => {
  await using world = await RolloutWorld.open(["alpha"]);
  world.obey();
  const [service] = world.serviceIds as [string];
  const { id } = await world.started();
  await world.seconds(1);
  world.sights.set(service, { is: "service", state: "running", health: "unknown", run: "new" });
  await world.seconds(10);
  expect((await world.now(id)).run.targets[0]).toMatchObject({ stage: "acted", detail: "its health is not known yet" });
  for (const run of ["a", "b", "c"]) {
    world.sights.set(service, { is: "service", state: "running", health: "healthy", run });
    await world.seconds(4);
  }
  expect(stages(await world.now(id))).toBe("acted");
  await world.seconds(3);
  expect((await world.now(id)).run.state).toMatchObject({ outcome: "succeeded" });
});

test("[RO11] a rebooted server is well when it is online in another boot", async () => {
  await using world = await RolloutWorld.open(["alpha"]);
  world.obey();
  const alpha = world.commands.serverIds["alpha"]!;
  world.sights.set(alpha, { is: "server", boot: "old" });
  const { id } = await world.started({ action: "server.reboot", targets: { servers: [alpha] } });
  await world.seconds(3);
  world.sights.set(alpha, { is: "dark", why: "it is not online" });
  await world.seconds(10);
  world.sights.set(alpha, { is: "server", boot: "old" });
  await world.seconds(10);
  expect((await world.now(id)).run.targets[0]).toMatchObject({ stage: "acted", detail: "it has not booted anew" });
  world.sights.set(alpha, { is: "server", boot: "new" });
  await world.seconds(7);
  expect((await world.now(id)).run.state).toMatchObject({ outcome: "succeeded" });
});

test("[RO16] what was stopped is started again when too many fail", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  const isStopped = new Set<string>();
  const taken = world.obey(({ core }, target) => {
    if (core.action === "service.stop" && target === world.serviceIds[3]) return "failed";
    if (core.action === "service.stop") isStopped.add(target);
    else isStopped.delete(target);
    const state = isStopped.has(target) ? "stopped" : "running";
    world.sights.set(target, { is: "service", state, health: "unknown", run: null });
    return "succeeded";
  });
  const { id } = await world.started({
    action: "service.stop",
    onFailure: "roll-back",
    batch: { is: "count", count: 2 },
  });
  const ended = await world.ended(id);
  expect(ended.run.state).toMatchObject({ outcome: "rolled-back" });
  expect(stages(ended)).toBe("undone undone undone undone");
  expect(isStopped).toEqual(new Set());
  // The last wave first, and whoever failed may have been stopped nevertheless.
  const back = taken.filter(({ core }) => core.action === "service.start").map(({ serverId }) => serverId);
  const { alpha, beta, gamma, delta } = world.commands.serverIds;
  expect(new Set(back.slice(0, 2))).toEqual(new Set([gamma, delta]));
  expect(new Set(back.slice(2))).toEqual(new Set([alpha, beta]));
});

test("[RO14] paused over a restart of the hub, and resumed", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  const taken = world.obey();
  const actor = world.commands.session("operator");
  const { id } = await world.started();
  await world.seconds(2);
  await world.desk.pause(id, actor, "http");
  await world.seconds(20);
  expect(taken).toHaveLength(1);
  await world.restart();
  world.obey();
  await world.seconds(20);
  expect((await world.now(id)).run.state).toMatchObject({ is: "paused", wave: 1, step: { is: "due" } });
  await expect(world.desk.pause(id, actor, "http")).rejects.toEqual(code("CONFLICT"));
  await world.desk.resume(id, actor, "http");
  expect((await world.ended(id)).run.state).toMatchObject({ outcome: "succeeded" });
});

test("[RO15] aborted: what was asked for is awaited, nothing more begins", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  const held: Delivered[] = [];
  const { links, serverIds } = world.commands;
  links.onDeliver = (delivered) => void held.push(delivered);
  for (const id of Object.values(serverIds)) links.connect(id);
  const { id } = await world.started();
  await world.seconds(2);
  await world.desk.abort(id, world.commands.session("operator"), "http", false);
  await world.seconds(5);
  expect((await world.now(id)).run.state.is).toBe("stopping");
  await links.result(held[0]!.serverId, held[0]!.core.cmd);
  await world.seconds(2);
  expect((await world.now(id)).run.state).toMatchObject({ outcome: "aborted", detail: "aborted by operator" });
  expect(held).toHaveLength(1);
});

test("[AZ-16] [RO8] whoever made the plan cannot approve it, and a plan made anew needs a new approval", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  world.obey();
  const { desk, commands } = world;
  const [asker, other] = [commands.session("operator"), commands.session("admin")];
  const plan = await desk.plan(asker, "http", world.wish({ needsApproval: true }));
  await expect(desk.start(plan.id, asker, "http", plan.sha256)).rejects.toEqual(code("CONFLICT"));
  await expect(desk.approve(plan.id, asker, "http", plan.sha256)).rejects.toEqual(code("FORBIDDEN"));
  // Nor by another door: it is the same person.
  const token = await commands.token("operator", ["rollouts.approve", "actions.dangerous"]);
  await expect(desk.approve(plan.id, token, "http", plan.sha256)).rejects.toEqual(code("FORBIDDEN"));
  // Nor by somebody who may not do it.
  await expect(desk.approve(plan.id, commands.session("viewer"), "http", plan.sha256)).rejects.toEqual(
    code("FORBIDDEN"),
  );
  const approved = await desk.approve(plan.id, other, "http", plan.sha256);
  expect(approved).toMatchObject({ approvedBy: "admin", run: { state: { is: "planned" } } });
  const anew = await desk.planAnew(plan.id, asker, "http", world.wish({ needsApproval: true, pauseMs: 1 }));
  expect(anew).toMatchObject({ approvedBy: null, run: { state: { is: "awaiting-approval" } } });
  expect(anew.sha256).not.toBe(plan.sha256);
  await expect(desk.start(plan.id, asker, "http", anew.sha256)).rejects.toEqual(code("CONFLICT"));
  await expect(desk.approve(plan.id, other, "http", plan.sha256)).rejects.toEqual(code("CONFLICT"));
  await desk.approve(plan.id, other, "http", anew.sha256);
  await expect(desk.start(plan.id, asker, "http", plan.sha256)).rejects.toEqual(code("CONFLICT"));
  await expect(desk.start(plan.id, other, "http", anew.sha256)).rejects.toEqual(code("FORBIDDEN"));
  await desk.start(plan.id, asker, "http", anew.sha256);
  await expect(desk.planAnew(plan.id, asker, "http", world.wish())).rejects.toEqual(code("CONFLICT"));
  expect((await world.ended(plan.id)).run.state).toMatchObject({ outcome: "succeeded" });
  const rows = await commands.rows();
  expect(rows.filter(({ action, decision }) => action === "rollout.approve" && decision === "failed")).toHaveLength(3);
});

test("[AZ-16] [RO8] where the hub wants it, every plan needs an approval", async () => {
  await using world = await RolloutWorld.open(["alpha"]);
  world.needsApproval = true;
  await world.startDesk();
  const plan = await world.desk.plan(world.commands.session("operator"), "http", world.wish({ needsApproval: false }));
  expect(plan.run.state.is).toBe("awaiting-approval");
});

test("[AZ-04] [RO17] who asked is demoted or gone: nothing more begins", async () => {
  for (const change of [{ role: "viewer" }, { enabled: 0 }] as const) {
    await using world = await RolloutWorld.open(SERVERS);
    const taken = world.obey();
    const { id } = await world.started();
    await world.seconds(2);
    await world.commands.db.updateTable("user").set(change).where("name", "=", "operator").execute();
    const ended = await world.ended(id);
    expect(ended.run.state).toMatchObject({ outcome: "refused" });
    expect(stages(ended)).toBe("good waiting waiting waiting");
    expect(taken).toHaveLength(1);
  }
});

test("[AZ-03] [RO6] nothing that is named is nothing that is done; more than one service takes a fresh proof", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  const { desk, commands } = world;
  const stale = commands.session("operator", 600_000);
  await expect(desk.plan(stale, "http", world.wish({ targets: {} }))).rejects.toEqual(code("BAD_REQUEST"));
  await expect(desk.plan(stale, "http", world.wish({ targets: { services: [] } }))).rejects.toEqual(
    code("BAD_REQUEST"),
  );
  await expect(desk.plan(commands.session("viewer"), "http", world.wish())).rejects.toEqual(code("FORBIDDEN"));
  const plan = await desk.plan(stale, "http", world.wish());
  await expect(desk.start(plan.id, stale, "http", plan.sha256)).rejects.toEqual(code("STEP_UP_NEEDED"));
  await commands.clock.advance(86_400_001);
  await expect(desk.start(plan.id, commands.session("operator"), "http", plan.sha256)).rejects.toEqual(
    code("CONFLICT"),
  );
});

test("[RO9] a target that is not there any more has failed, the others are done", async () => {
  await using world = await RolloutWorld.open(SERVERS);
  const taken = world.obey();
  const actor = world.commands.session("operator");
  const plan = await world.desk.plan(
    actor,
    "http",
    world.wish({ onFailure: "go-on", batch: { is: "count", count: 4 } }),
  );
  const find = world.commands.services.find.bind(world.commands.services);
  world.commands.services.find = (id) => (id === world.serviceIds[0] ? undefined : find(id));
  await world.desk.start(plan.id, actor, "http", plan.sha256);
  const ended = await world.ended(plan.id);
  expect(ended.run.state).toMatchObject({ outcome: "partial" });
  expect(ended.run.targets[0]).toMatchObject({ stage: "failed", detail: "it is not there any more" });
  expect(taken).toHaveLength(3);
});

test("[RO3] the graph orders what is stopped", async () => {
  await using world = await RolloutWorld.open(["alpha", "beta"]);
  const [alpha, beta] = world.serviceIds as [string, string];
  world.dependencies.push({ from: alpha, to: beta });
  const order = async (action: "service.stop" | "service.restart"): Promise<readonly string[]> =>
    (
      await world.desk.plan(world.commands.session("operator"), "http", world.wish({ action, order: "graph" }))
    ).plan.waves.map(({ targets }) => targets[0]!.server);
  expect(await order("service.restart")).toEqual(["beta", "alpha"]);
  expect(await order("service.stop")).toEqual(["alpha", "beta"]);
});

test("[RO19] what has ended is kept for 90 days", async () => {
  await using world = await RolloutWorld.open(["alpha"]);
  world.obey();
  const { id } = await world.started();
  await world.ended(id);
  await world.commands.clock.advance(89 * 86_400_000);
  await world.desk.prune();
  expect((await world.now(id)).id).toBe(id);
  await world.commands.clock.advance(2 * 86_400_000);
  await world.desk.prune();
  await expect(world.now(id)).rejects.toEqual(code("NOT_FOUND"));
});
