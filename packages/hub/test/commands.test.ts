import { createHash } from "node:crypto";
import { ACTIONS, DAY_MS, HOUR_MS, isMusterError, MINUTE_MS, MusterError, RESULT_WITHIN_MS } from "@muster/core";
import type { ActionName, Actor, TargetChoice } from "@muster/core";
import { seededRandom } from "@muster/testkit";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { CommandWorld } from "./command-world.ts";

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => (isMusterError(error) ? error.code : error),
  );

describe("a change of the hub itself", () => {
  test("what fails before its first turn is in the log as well, and so is what came of what was done", async () => {
    await using world = await CommandWorld.open();
    const change = { name: "server.change", right: "servers.write", target: "alpha", args: {} } as const;
    const refuse = (): Promise<never> => {
      throw new MusterError("CONFLICT");
    };
    expect(await codeOf(world.bus.change(world.session("admin"), "http", change, refuse))).toBe("CONFLICT");
    expect((await world.rows()).slice(-2)).toMatchObject([
      { decision: "allowed" },
      { decision: "failed", reason: "CONFLICT" },
    ]);
    const done = () => Promise.resolve("half of it");
    const outcomeOf = (detail: string) => ({ is: "unknown", detail }) as const;
    expect(await world.bus.change(world.session("admin"), "http", change, done, outcomeOf)).toBe("half of it");
    expect((await world.rows()).slice(-2)).toMatchObject([
      { decision: "allowed" },
      { decision: "unknown", reason: "half of it" },
    ]);
  });
});

describe("the way of one action", () => {
  test("[CO1] it is written down, then sent; its outcome is the server's word and stands in the log", async () => {
    await using world = await CommandWorld.open();
    const { links } = world;
    const alpha = world.serverIds["alpha"]!;
    links.connect(alpha);
    const told: string[] = [];
    world.outbox.listen(({ state, outcome }) => told.push(`${state} ${outcome}`));
    const { items } = await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] }, { reason: "why" });
    const id = items[0]!.id;
    await world.rest();
    expect(links.delivered).toHaveLength(1);
    expect(links.delivered[0]!.core).toMatchObject({ cmd: id, action: "agent.ping", actor: { name: "operator" } });
    expect((await world.rows()).at(-1)).toMatchObject({
      seq: links.delivered[0]!.auditSeq,
      decision: "allowed",
      cmd: id,
    });
    const waited = world.outbox.wait(id, MINUTE_MS, new AbortController().signal);
    await links.result(alpha, id, { outcome: "failed", detail: "no", exit: 3, output: "printed" });
    expect(await waited).toMatchObject({ state: "ended", outcome: "failed", detail: "no", exit: 3, output: "printed" });
    expect((await world.rows()).at(-1)).toMatchObject({
      decision: "failed",
      reason: "no",
      cmd: id,
      args: { why: "why" },
    });
    expect(told).toEqual(["asked null", "sent null", "ended failed"]);
    // Said again because the confirmation was lost: nothing more is written.
    const before = (await world.rows()).length;
    await links.result(alpha, id, { outcome: "failed", detail: "no" });
    expect(await world.rows()).toHaveLength(before);
  });

  test("[CO2] what nobody could take in time ends failed and never leaves", async () => {
    await using world = await CommandWorld.open();
    const alpha = world.serverIds["alpha"]!;
    const { items } = await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    await world.clock.advance(MINUTE_MS + 1);
    world.outbox.tick();
    await world.rest();
    expect(await world.store.list({ limit: 1 })).toMatchObject([
      { id: items[0]!.id, outcome: "failed", detail: expect.stringContaining("not delivered in time") },
    ]);
    world.links.connect(alpha);
    await world.rest();
    expect(world.links.delivered).toEqual([]);
  });

  test("[CO3] it is sent again at every connection and each minute, with the same core, until a result comes", async () => {
    await using world = await CommandWorld.open();
    const { links } = world;
    const alpha = world.serverIds["alpha"]!;
    links.connect(alpha);
    const { items } = await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    await world.rest();
    await world.start();
    links.connect(alpha);
    await world.rest();
    links.connect(alpha);
    await world.rest();
    await world.clock.advance(MINUTE_MS);
    world.outbox.tick();
    await world.rest();
    expect(links.delivered).toHaveLength(4);
    expect(new Set(links.delivered.map(({ text }) => text)).size).toBe(1);
    await links.result(alpha, items[0]!.id);
    links.connect(alpha);
    await world.clock.advance(MINUTE_MS);
    world.outbox.tick();
    await world.rest();
    expect(links.delivered).toHaveLength(4);
  });

  test("[CO3] what waits for its turn is sent once, however often it is looked at meanwhile", async () => {
    await using world = await CommandWorld.open();
    const alpha = world.serverIds["alpha"]!;
    world.links.connect(alpha);
    const service = world.addService("alpha", "systemd", "a.service");
    await world.ask(world.session("admin"), "service.restart", { services: [service] });
    for (let second = 0; second < 5; second++) world.outbox.tick();
    await world.rest();
    expect(world.links.delivered).toHaveLength(1);
  });

  test("[CO4] [CO5] without a result it ends unknown after its time; a late signed result corrects that, in the log too", async () => {
    await using world = await CommandWorld.open();
    const { links } = world;
    const alpha = world.serverIds["alpha"]!;
    links.connect(alpha);
    const { items } = await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    const id = items[0]!.id;
    await world.rest();
    links.connectedIds.clear();
    await world.clock.advance(RESULT_WITHIN_MS + 1);
    world.outbox.tick();
    await world.rest();
    expect(await world.store.list({ limit: 1 })).toMatchObject([{ state: "ended", outcome: "unknown" }]);
    await world.start();
    await links.result(alpha, id, { outcome: "succeeded", detail: "it ran after all" });
    expect(await world.store.list({ limit: 1 })).toMatchObject([{ outcome: "succeeded", detail: "it ran after all" }]);
    expect((await world.rows()).slice(-2)).toMatchObject([
      { decision: "unknown", cmd: id },
      {
        action: "action.late-result",
        actor: "server alpha",
        decision: "succeeded",
        cmd: id,
        args: { before: "unknown" },
      },
    ]);
  });

  test("[AG-02] a result of another server, or of no command, changes nothing and is written down", async () => {
    await using world = await CommandWorld.open();
    const { alpha, beta } = world.serverIds as { alpha: string; beta: string };
    world.links.connect(alpha);
    const { items } = await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    await world.rest();
    await world.links.result(beta, items[0]!.id);
    await world.links.result(beta, "0190-none");
    expect((await world.store.list({ limit: 1 }))[0]!.outcome).toBeNull();
    expect((await world.rows()).slice(-2).map(({ target, decision }) => [target, decision])).toEqual([
      ["beta", "refused"],
      ["beta", "refused"],
    ]);
  });

  test("[AG-11] a revoked or deleted server's queue is cancelled: refused to leave, or unknown when it may be there", async () => {
    await using world = await CommandWorld.open();
    const { alpha, beta } = world.serverIds as { alpha: string; beta: string };
    await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    world.links.connect(beta);
    await world.ask(world.session("operator"), "agent.ping", { servers: [beta] });
    await world.rest();
    await world.fleet.change(alpha, { state: "revoked" });
    await world.fleet.delete(beta);
    await world.rest();
    const ended = await world.store.list({ limit: 2 });
    expect(Object.fromEntries(ended.map(({ server, outcome }) => [server, outcome]))).toEqual({
      alpha: "failed",
      beta: "unknown",
    });
    expect(world.outbox.openCount).toBe(0);
  });

  test("a server's waiting actions are bounded", async () => {
    await using world = await CommandWorld.open();
    const alpha = world.serverIds["alpha"]!;
    const many = Array.from({ length: 1_000 }, (_, index) => world.addService("alpha", "systemd", `u${index}.service`));
    await world.ask(world.session("admin"), "service.start", { services: many });
    expect(await codeOf(world.ask(world.session("admin"), "agent.ping", { servers: [alpha] }))).toBe("RATE_LIMITED");
  });

  test("rows are kept 90 days, those that have not ended longer", async () => {
    await using world = await CommandWorld.open();
    const { links } = world;
    const alpha = world.serverIds["alpha"]!;
    links.connect(alpha);
    const { items } = await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    await world.rest();
    await world.clock.advance(91 * DAY_MS);
    await world.store.prune();
    expect(await world.store.list({ limit: 5 })).toHaveLength(1);
    await links.result(alpha, items[0]!.id);
    await world.store.prune();
    expect(await world.store.list({ limit: 5 })).toEqual([]);
  });
});

describe("rights, at asking and at every delivery", () => {
  const demote = (world: CommandWorld, role: "viewer" | "operator") =>
    world.db.updateTable("user").set({ role }).where("name", "=", "operator").execute();

  test.each<[string, (world: CommandWorld, actor: Actor) => Promise<unknown>, string]>([
    ["was demoted", (world) => demote(world, "viewer"), "may not any more"],
    ["was disabled", (world) => world.db.updateTable("user").set({ enabled: 0 }).execute(), "is gone"],
    ["was deleted", (world) => world.db.deleteFrom("user").where("name", "=", "operator").execute(), "is gone"],
    ["lost the token", (world) => world.db.deleteFrom("api_token").execute(), "is gone"],
    [
      "has another scope",
      (world) => world.db.updateTable("api_token").set({ scopes: "[]" }).execute(),
      "may not any more",
    ],
  ])("[AZ-04] an action whose asker %s is not delivered", async (what, change, why) => {
    await using world = await CommandWorld.open();
    const alpha = world.serverIds["alpha"]!;
    const actor = /token|scope/.test(what)
      ? await world.token("operator", ["actions.normal"])
      : world.session("operator");
    const service = world.addService("alpha", "systemd", "nginx.service");
    await world.ask(actor, "service.restart", { services: [service] });
    await change(world, actor);
    world.links.connect(alpha);
    await world.rest();
    expect(world.links.delivered).toEqual([]);
    const [view] = await world.store.list({ limit: 1 });
    expect(view).toMatchObject({ state: "ended", outcome: "refused", detail: expect.stringContaining(why) });
    expect((await world.rows()).at(-1)).toMatchObject({ decision: "refused", cmd: view!.id });
  });

  test("[AZ-04] one that was sent before is not sent again, is said so once, and its result still counts", async () => {
    await using world = await CommandWorld.open();
    const alpha = world.serverIds["alpha"]!;
    world.links.connect(alpha);
    const { items } = await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    await world.rest();
    await demote(world, "viewer");
    for (let times = 0; times < 3; times++) {
      world.links.connect(alpha);
      await world.rest();
    }
    expect(world.links.delivered).toHaveLength(1);
    expect((await world.rows()).filter(({ decision }) => decision === "refused")).toHaveLength(1);
    await world.links.result(alpha, items[0]!.id);
    expect((await world.store.list({ limit: 1 }))[0]).toMatchObject({ outcome: "succeeded" });
  });

  test("[AZ-02] a viewer asks for nothing, by any way of naming targets, and each refusal is written down", async () => {
    await using world = await CommandWorld.open();
    const [one, two] = [
      world.addService("alpha", "systemd", "a.service"),
      world.addService("beta", "systemd", "b.service"),
    ];
    const viewer = world.session("viewer");
    const choices: TargetChoice[] = [{ services: [one!, two!] }, { driver: "systemd" }, { tag: "all" }];
    for (const targets of choices)
      expect(await codeOf(world.ask(viewer, "service.restart", targets))).toBe("FORBIDDEN");
    const signal = new AbortController().signal;
    const single = { serverId: world.serverIds["alpha"]!, reason: "", idempotencyKey: undefined };
    for (const name of Object.keys(ACTIONS) as ActionName[])
      if (name !== "service.define")
        expect(await codeOf(world.bus.run(viewer, "http", { ...single, action: { name, args: {} } }, signal))).toBe(
          "FORBIDDEN",
        );
    const rows = await world.rows();
    expect(rows).toHaveLength(6 + Object.keys(ACTIONS).length - 1);
    expect(new Set(rows.map(({ decision }) => decision))).toEqual(new Set(["refused"]));
    expect(await world.store.list({ limit: 1 })).toEqual([]);
  });

  test("[SE-11] dangerous actions and stopping or restarting several need a proof of at most five minutes", async () => {
    await using world = await CommandWorld.open();
    const ids = [world.addService("alpha", "systemd", "a.service"), world.addService("beta", "systemd", "b.service")];
    const stale = world.session("operator", 5 * MINUTE_MS + 1);
    const fresh = world.session("operator", 5 * MINUTE_MS);
    const alpha = [world.serverIds["alpha"]!];
    for (const [action, targets] of [
      ["service.stop", { services: ids }],
      ["service.restart", { driver: "systemd" }],
      ["server.reboot", { servers: alpha }],
      ["process.kill", { servers: alpha }],
      ["exec.run", { servers: alpha }],
      ["service.undefine", { services: [ids[0]!] }],
    ] as const) {
      expect(await codeOf(world.ask(stale, action, targets)), action).toBe("STEP_UP_NEEDED");
      expect(await codeOf(world.ask(fresh, action, targets)), action).toBe("done");
    }
    expect(await codeOf(world.ask(stale, "service.restart", { services: [ids[0]!] }))).toBe("done");
    expect(await codeOf(world.ask(stale, "service.start", { services: ids }))).toBe("done");
    const narrow = await world.token("operator", ["actions.normal"]);
    expect(await codeOf(world.ask(narrow, "service.stop", { services: ids }))).toBe("FORBIDDEN");
  });
});

describe("targets", () => {
  test("[AZ-03] each condition narrows, and what is chosen stands in one row each", async () => {
    await using world = await CommandWorld.open();
    const web = world.addService("alpha", "systemd", "web.service", "backend");
    const db = world.addService("alpha", "container", "db");
    const far = world.addService("beta", "systemd", "web.service", "backend");
    const chosen = async (targets: TargetChoice): Promise<ReadonlySet<string | null>> =>
      new Set(
        (await world.ask(world.session("admin"), "service.start", targets)).items.map(({ serviceId }) => serviceId),
      );
    expect(await chosen({ kind: "backend" })).toEqual(new Set([web, far]));
    expect(await chosen({ kind: "backend", servers: [world.serverIds["beta"]!] })).toEqual(new Set([far]));
    expect(await chosen({ tag: "tag-alpha" })).toEqual(new Set([web, db]));
    expect(await chosen({ services: [web, db], driver: "container" })).toEqual(new Set([db]));
    expect(await chosen({ services: [web, web] })).toEqual(new Set([web]));
    const rows = (await world.rows()).filter(({ decision }) => decision === "allowed");
    expect(rows).toHaveLength(7);
    expect(rows[0]).toMatchObject({ action: "service.start", args: { driver: "systemd", name: "web.service" } });
    const refused: [ActionName, TargetChoice, string][] = [
      ["service.start", {}, "BAD_REQUEST"],
      ["service.start", { services: [] }, "BAD_REQUEST"],
      ["service.start", { kind: "" }, "BAD_REQUEST"],
      ["service.start", { kind: "all" }, "NOT_FOUND"],
      ["service.start", { name: "*" }, "NOT_FOUND"],
      ["service.start", { services: [web, "01920000-0000-7000-8000-000000000000"] }, "NOT_FOUND"],
      ["server.reboot", { services: [web] }, "BAD_REQUEST"],
      ["server.reboot", { servers: [world.serverIds["alpha"]!], kind: "backend" }, "BAD_REQUEST"],
      ["container.kill", { services: [web] }, "BAD_REQUEST"],
      ["service.define", { services: [web] }, "BAD_REQUEST"],
      ["logs.read", { services: [web] }, "BAD_REQUEST"],
    ];
    for (const [action, targets, code] of refused)
      expect(await codeOf(world.ask(world.session("admin"), action, targets)), JSON.stringify(targets)).toBe(code);
    const named = world.ask(
      world.session("admin"),
      "service.start",
      { services: [web] },
      { args: { name: "ssh.service" } },
    );
    expect(await codeOf(named)).toBe("BAD_REQUEST");
  });

  test("[AZ-03] random choices of empty, null, 'all' and wrong parts never mean more than each part alone", async () => {
    await using world = await CommandWorld.open();
    const ids = ["a", "b", "c", "d"].map((name, index) =>
      world.addService(
        index % 2 === 0 ? "alpha" : "beta",
        index < 2 ? "systemd" : "process",
        name,
        index < 3 ? "k" : "",
      ),
    );
    const servers = Object.values(world.serverIds);
    const parts: Record<string, unknown[]> = {
      services: [ids, [ids[0]], [], null, "all", ["all"], [""], {}, undefined],
      servers: [servers, [servers[0]], [], null, "all", ["all"], [null], undefined],
      tag: ["tag-alpha", "all", "", null, "*", undefined],
      driver: ["systemd", "process", "", null, "all", "*", undefined],
      kind: ["k", "", null, "all", "*", undefined],
      name: ["a", "", null, "all", "*", undefined],
    };
    let grantedCount = 0;
    for (let seed = 1; seed <= 3_000; seed++) {
      const random = seededRandom(seed);
      const targets: Record<string, unknown> = {};
      for (const [name, values] of Object.entries(parts))
        if (random() < 0.5) targets[name] = values[Math.floor(random() * values.length)];
      let meant: readonly (string | null)[] = [];
      try {
        const { items } = await world.ask(world.session("admin"), "service.start", targets as TargetChoice);
        meant = items.map(({ serviceId }) => serviceId);
        for (const { id } of items) await world.links.result(items[0]!.serverId, id).catch(() => undefined);
      } catch {
        // Refused, or no form that was ever promised an answer: nothing may have been asked for.
      }
      const isGiven = (name: string): boolean => targets[name] !== undefined;
      const fits = (id: string): boolean => {
        const service = world.services.find(id)!;
        return (
          (!isGiven("services") || (targets["services"] as string[]).includes(id)) &&
          (!isGiven("servers") || (targets["servers"] as string[]).includes(service.serverId)) &&
          (!isGiven("tag") || world.fleet.get(service.serverId)!.known.tags.includes(targets["tag"] as string)) &&
          (!isGiven("driver") || service.driver === targets["driver"]) &&
          (!isGiven("kind") || service.kind === targets["kind"]) &&
          (!isGiven("name") || service.name === targets["name"])
        );
      };
      grantedCount += meant.length;
      const conditions = Object.keys(targets).filter(isGiven);
      for (const id of meant)
        expect(conditions.length > 0 && fits(id!), `seed ${seed} ${JSON.stringify(targets)}`).toBe(true);
      await world.db.deleteFrom("action").execute();
      if (seed % 100 === 0) await world.start();
    }
    expect(grantedCount).toBeGreaterThan(100);
  });
});

describe("Idempotency-Key", () => {
  test("[CO6] the same request has one effect and one answer for a day, however many ask at once", async () => {
    await using world = await CommandWorld.open();
    const { links } = world;
    const [alpha, actor] = [world.serverIds["alpha"]!, world.session("operator")];
    links.connect(alpha);
    const ask = (key: string, reason = "", by = actor) =>
      world.ask(by, "agent.ping", { servers: [alpha] }, { idempotencyKey: key, reason });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask("k")));
    await world.rest();
    expect(new Set(answers.map(({ batchId }) => batchId)).size).toBe(1);
    expect(links.delivered).toHaveLength(1);
    expect(await codeOf(ask("k", "another body"))).toBe("CONFLICT");
    expect((await ask("k", "", world.session("admin"))).batchId).not.toBe(answers[0]!.batchId);
    await world.start();
    await world.clock.advance(23 * HOUR_MS);
    expect((await ask("k")).batchId).toBe(answers[0]!.batchId);
    await world.clock.advance(HOUR_MS);
    expect((await ask("k")).batchId).not.toBe(answers[0]!.batchId);
  });

  test("[CO6] who waited, lost the answer and asks again gets the outcome of the first", async () => {
    await using world = await CommandWorld.open();
    const { links } = world;
    const alpha = world.serverIds["alpha"]!;
    links.connect(alpha);
    const request = {
      serverId: alpha,
      action: { name: "agent.ping", args: {} },
      reason: "",
      idempotencyKey: "k",
    } as const;
    const run = (signal: AbortSignal) => world.bus.run(world.session("operator"), "http", request, signal);
    const gone = new AbortController();
    const first = run(gone.signal);
    await world.rest();
    gone.abort();
    expect((await first).outcome.is).toBe("unknown");
    const second = run(new AbortController().signal);
    await world.rest();
    await links.result(alpha, links.delivered[0]!.core.cmd);
    expect(await second).toMatchObject({ cmd: (await first).cmd, outcome: { is: "succeeded" } });
    expect((await world.rows()).at(-1)).toMatchObject({ seq: (await second).auditSeq, decision: "succeeded" });
    expect(links.delivered).toHaveLength(1);
  });
});

describe("definitions", () => {
  test("[CM-14] values of secrets are in the command alone: not in rows, log or list, and sealed while they wait", async () => {
    await using world = await CommandWorld.open();
    const { links } = world;
    const alpha = world.serverIds["alpha"]!;
    const secret = "hunter2-canary";
    links.connect(alpha);
    links.onDeliver = () => undefined;
    const definition = {
      command: ["/usr/bin/web", "--port", "1"],
      secrets: ["DB_PASSWORD", "KEPT"],
      environment: { A: "env-canary" },
    };
    const request = {
      ...{ serverId: alpha, driver: "process" as const, name: "web", definition, reason: "", idempotencyKey: "k" },
      secrets: { DB_PASSWORD: secret },
    } as const;
    const answer = world.bus.define(world.session("admin"), "http", request, new AbortController().signal);
    await world.rest();
    const { args } = links.delivered[0]!.core;
    expect(JSON.parse(String(args["definition"]))).toMatchObject({
      name: "web",
      secrets: { DB_PASSWORD: secret, KEPT: null },
    });
    const everything = async (): Promise<string> =>
      JSON.stringify(
        [
          await world.rows(),
          await world.db.selectFrom("action").selectAll().execute(),
          await world.db.selectFrom("action_request").selectAll().execute(),
          await world.store.list({ limit: 9 }),
        ],
        (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value),
      );
    const waiting = await everything();
    expect(waiting).not.toContain(secret);
    expect(waiting).not.toContain("env-canary");
    // Whoever has the database without the key can try no guesses either.
    const { args: sent } = links.delivered[0]!.core;
    const body = JSON.stringify(["service.define", alpha, sent, ""]);
    expect(waiting).toMatch(/"body_hash":"[0-9a-f]{64}"/);
    expect(waiting).not.toContain(createHash("sha256").update(body).digest("hex"));
    // After a restart it is sent again with its secrets.
    await world.start();
    links.connect(alpha);
    await world.rest();
    expect(links.delivered[1]!.text).toBe(links.delivered[0]!.text);
    await links.result(alpha, links.delivered[0]!.core.cmd);
    void answer.catch(() => undefined);
    expect(await world.db.selectFrom("action").select(["core", "core_sealed"]).execute()).toEqual([
      { core: null, core_sealed: null },
    ]);
    expect((await world.rows())[0]).toMatchObject({ args: { program: "/usr/bin/web", secretsSet: "DB_PASSWORD" } });
    await world.clock.advance(MINUTE_MS);
  });

  test("a definition of another name, or a value for what is no secret, is refused", async () => {
    await using world = await CommandWorld.open();
    const base = {
      serverId: world.serverIds["alpha"]!,
      driver: "process",
      name: "web",
      reason: "",
      idempotencyKey: undefined,
    } as const;
    const ask = (definition: Record<string, unknown>, secrets: Record<string, string> = {}) =>
      codeOf(
        world.bus.define(
          world.session("admin"),
          "http",
          { ...base, definition, secrets },
          new AbortController().signal,
        ),
      );
    expect(await ask({ name: "ssh" })).toBe("BAD_REQUEST");
    expect(await ask({ driver: "tmux" })).toBe("BAD_REQUEST");
    expect(await ask({ secrets: ["A"] }, { B: "x" })).toBe("BAD_REQUEST");
    expect(await ask({ secrets: { A: "x" } })).toBe("BAD_REQUEST");
    expect(await ask({ command: ["x".repeat(70_000)] })).toBe("BAD_REQUEST");
    expect(await ask({ command: ["/usr/bin/true"] })).toBe("SERVER_OFFLINE");
  });
});

describe("[AU-04] when the log cannot be written", () => {
  test.each(["the first row", "the row of the outcome"])(
    "[AU-04] %s: nothing is sent, or nothing confirmed",
    async (which) => {
      await using world = await CommandWorld.open();
      const { links, db } = world;
      const alpha = world.serverIds["alpha"]!;
      links.connect(alpha);
      const fail = `CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END`;
      if (which === "the first row") await sql.raw(fail).execute(db);
      const asked = world.ask(world.session("operator"), "agent.ping", { servers: [alpha] }, { idempotencyKey: "k" });
      const answer = await asked.catch(() => undefined);
      await world.rest();
      if (which === "the first row") {
        expect(answer).toBeUndefined();
        expect(links.delivered).toEqual([]);
        expect(await db.selectFrom("action").selectAll().execute()).toEqual([]);
        expect(await db.selectFrom("action_request").selectAll().execute()).toEqual([]);
        return;
      }
      await sql.raw(fail).execute(db);
      const id = answer!.items[0]!.id;
      await expect(links.result(alpha, id)).rejects.toThrow(/no room/);
      expect((await world.store.list({ limit: 1 }))[0]!.state).toBe("sent");
      await sql.raw("DROP TRIGGER full").execute(db);
      await links.result(alpha, id);
      expect((await world.store.list({ limit: 1 }))[0]).toMatchObject({ state: "ended", outcome: "succeeded" });
    },
  );
});
