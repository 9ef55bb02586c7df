import { existsSync, readdirSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isMusterError, MINUTE_MS } from "@muster/core";
import { describe, expect, test } from "vitest";
import { TaskWorld } from "./task-world.ts";

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    (error: unknown) => (isMusterError(error) ? [error.code, error.details.fields ?? {}] : error),
  );
const outcomes = async (world: TaskWorld) => (await world.runs()).map(({ state, outcome }) => outcome ?? state);

describe("slots and runs", () => {
  test("[TK1] [TK8] each slot has a run; what it asks goes over the bus as its owner, and its outcome is what was observed", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds } = world.commands;
    links.connect(serverIds["alpha"]!);
    const { id } = await world.add();
    await world.passMinute();
    expect(links.delivered.map(({ core }) => [core.action, core.actor.name, core.actor.door])).toEqual([
      ["agent.ping", "operator", "task"],
    ]);
    await world.answer("succeeded", "pong");
    const [run] = await world.runs();
    expect(run).toMatchObject({
      task_id: id,
      outcome: "succeeded",
      detail: "pong",
      cause: "schedule",
      late_ms: expect.any(Number),
    });
    expect(run!.slot % MINUTE_MS).toBe(0);
    expect(run!.late_ms).toBeLessThanOrEqual(1_000);
    expect(world.desk.view(id).lastRun?.outcome).toBe("succeeded");
    expect((await world.commands.rows()).map(({ actor, action }) => [actor, action])).toContainEqual([
      `operator (task "nightly" ${id})`,
      "agent.ping",
    ]);
    await world.passMinute();
    await world.answer();
    expect(await outcomes(world)).toEqual(["succeeded", "succeeded"]);
  });

  test("[TK9] overlap: skip leaves the slot out and says why, queue runs one after the other, replace ends the one before", async () => {
    for (const [overlap, expected] of [
      ["skip", ["running", "skipped"]],
      ["queue", ["running", "waiting"]],
      ["replace", ["cancelled", "running"]],
    ] as const) {
      await using world = await TaskWorld.open();
      world.commands.links.connect(world.commands.serverIds["alpha"]!);
      await world.add({ overlap });
      await world.passMinute();
      await world.passMinute();
      expect(await outcomes(world), overlap).toEqual(expected);
      if (overlap === "queue") {
        await world.answer();
        await world.pass(1);
        expect(await outcomes(world), "the next begins when the one before has ended").toEqual([
          "succeeded",
          "running",
        ]);
      }
    }
  });

  test("[TK5] [TK6] a hub that was away tells what was missed, and runs late what is wanted late", async () => {
    for (const [missed, expected] of [
      ["skip", ["missed 3", "running 1"]],
      ["once", ["missed 2", "running 1", "waiting 1"]],
      ["all", ["running 1", "waiting 1", "waiting 1", "waiting 1"]],
    ] as const) {
      await using world = await TaskWorld.open();
      world.commands.links.connect(world.commands.serverIds["alpha"]!);
      await world.add({ missed, overlap: "queue" });
      const { clock } = world.commands;
      await clock.advance(4 * MINUTE_MS - (clock.now() % MINUTE_MS));
      await world.start("hub-2");
      await world.pass(1);
      const runs = await world.runs();
      expect(
        runs.map(({ state, outcome, slot_count: count }) => `${outcome ?? state} ${count}`),
        missed,
      ).toEqual(expected);
    }
  });

  test("[TK4] a slot that has a run never gets another, also when the clock is put back", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds, clock } = world.commands;
    links.connect(serverIds["alpha"]!);
    await world.add();
    for (let minute = 0; minute < 3; minute++) {
      await world.passMinute();
      await world.answer();
    }
    const before = (await world.runs()).map(({ slot }) => slot);
    clock.stepWallTime(-2 * MINUTE_MS - 1);
    for (let minute = 0; minute < 5; minute++) {
      await world.passMinute();
      await world.answer();
    }
    const slots = (await world.runs()).map(({ slot }) => slot);
    expect(slots).toEqual([...new Set(slots)]);
    expect(slots.slice(0, 3)).toEqual(before);
    expect(slots.length, "1 to 3 before, 4 and 5 after").toBe(5);
  });

  test("[TK4] a clock that was far ahead for a while does not stop a task until then", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds, clock } = world.commands;
    links.connect(serverIds["alpha"]!);
    await world.add();
    const now = clock.now();
    clock.stepWallTime(30 * 86_400_000);
    await world.pass(1);
    await world.answer();
    clock.stepWallTime(-30 * 86_400_000);
    await world.passMinute();
    await world.answer();
    const runs = await world.runs();
    expect(runs.filter(({ slot, outcome }) => slot < now + 10 * MINUTE_MS && outcome === "succeeded")).toHaveLength(1);
  });

  test("[TK7] jitter: it begins within it, and is not called late for it", async () => {
    await using world = await TaskWorld.open();
    world.commands.links.connect(world.commands.serverIds["alpha"]!);
    await world.add({ jitterMs: 40_000, schedule: { is: "cron", expression: "*/5 * * * *" } });
    await world.pass(400);
    const [run] = await world.runs();
    expect(run!.started_at! - run!.slot).toBeLessThanOrEqual(41_000);
    expect(run!.started_at! - run!.slot).toBeGreaterThan(0);
    expect(run!.late_ms).toBeLessThanOrEqual(1_000);
  });

  test("[TK11] what failed is tried again, each attempt with its own actions; a server that is away fails it", async () => {
    await using world = await TaskWorld.open();
    await world.add({
      retries: { most: 1, delayMs: 5_000 },
      schedule: { is: "once", at: world.commands.clock.now() + 2_000 },
    });
    // Nobody is connected: what was asked is not delivered in time.
    await world.pass(70);
    expect(await world.runs()).toMatchObject([{ state: "running", attempt: 2 }]);
    world.commands.links.connect(world.commands.serverIds["alpha"]!);
    await world.pass(2);
    await world.answer();
    const [run] = await world.runs();
    expect(run).toMatchObject({ outcome: "succeeded", attempt: 2 });
    expect(await world.store.batches(run!.id)).toHaveLength(2);
  });

  test("[TK12] what takes too long ends, and what had not begun is taken back", async () => {
    await using world = await TaskWorld.open();
    await world.add({ timeoutMs: 20_000, schedule: { is: "once", at: world.commands.clock.now() + 1_000 } });
    await world.pass(25);
    expect(await world.runs()).toMatchObject([{ outcome: "timed-out", detail: "not over after 20 s" }]);
    world.commands.links.connect(world.commands.serverIds["alpha"]!);
    await world.pass(2);
    expect(world.commands.links.delivered).toEqual([]);
  });

  test("[TK14] a run that somebody asks for, and one that somebody ends", async () => {
    await using world = await TaskWorld.open();
    const operator = world.commands.session("operator");
    const { id } = await world.add({ isEnabled: false, schedule: { is: "once", at: 1 } });
    const run = await world.desk.runNow(operator, "http", id);
    expect(run).toMatchObject({ cause: "asked", by: "operator" });
    expect(await errorOf(world.desk.runNow(operator, "http", id))).toEqual(["CONFLICT", {}]);
    await world.commands.rest();
    expect(await world.desk.cancel(operator, "http", run.id)).toMatchObject({ outcome: "cancelled" });
    expect(await errorOf(world.desk.cancel(operator, "http", run.id))).toEqual(["CONFLICT", {}]);
    expect(world.desk.view(id).lastRun, "what was cancelled is no result").toBeNull();
  });
});

describe("whose rights", () => {
  test("[AZ-04] [TK17] a task runs with what its owner may do at that moment; who is gone or demoted suspends it", async () => {
    for (const change of ["demoted", "disabled", "deleted"] as const) {
      await using world = await TaskWorld.open();
      const { db, links, serverIds, userIds } = world.commands;
      links.connect(serverIds["alpha"]!);
      const { id } = await world.add();
      const user = userIds["operator"]!;
      if (change === "deleted") await db.deleteFrom("user").where("id", "=", user).execute();
      else
        await db
          .updateTable("user")
          .set(change === "demoted" ? { role: "viewer" } : { enabled: 0 })
          .where("id", "=", user)
          .execute();
      await world.passMinute();
      expect(await world.runs(), change).toMatchObject([{ outcome: "refused" }]);
      expect(links.delivered).toEqual([]);
      expect(world.desk.view(id).suspended).toMatch(change === "demoted" ? /may not do this/ : /gone/);
      await world.passMinute();
      expect((await world.runs()).at(-1)).toMatchObject({
        outcome: "skipped",
        detail: expect.stringContaining("suspended"),
      });
      expect([...world.desk.troubles()].map(({ trouble }) => trouble)).toContain("suspended");
      // Somebody else takes it over.
      await world.desk.enable(world.commands.session("admin"), "http", id, true);
      await world.passMinute();
      await world.answer();
      expect((await world.runs()).at(-1)).toMatchObject({ outcome: "succeeded" });
    }
  });

  test("[AZ-04] [TK17] it is suspended at once, and not only at its next slot", async () => {
    await using world = await TaskWorld.open();
    const { db, userIds } = world.commands;
    const { id } = await world.add({ schedule: { is: "cron", expression: "0 3 1 1 *" } });
    const userId = userIds["operator"]!;
    await db.updateTable("user").set({ role: "viewer" }).where("id", "=", userId).execute();
    world.events.tell({ is: "user-changed", userId });
    await world.commands.rest();
    expect(world.desk.view(id).suspended).toBe("its owner may not do this any more");
  });

  test("[AZ-04] a task that a token made holds no more than the token, and ends with it", async () => {
    await using world = await TaskWorld.open();
    const { db, links, serverIds } = world.commands;
    links.connect(serverIds["alpha"]!);
    const token = await world.commands.token("admin", ["tasks.write", "actions.read"]);
    await world.add({}, token);
    expect(await errorOf(world.add({ name: "other", work: { is: "backup", keep: 1 } }, token))).toEqual([
      "FORBIDDEN",
      {},
    ]);
    await world.passMinute();
    await world.answer();
    await db.deleteFrom("api_token").where("id", "=", token.tokenId).execute();
    await world.passMinute();
    expect(await outcomes(world)).toEqual(["succeeded", "refused"]);
  });

  test("[AZ-03] [AZ-05] [TK18] whoever writes a task holds the right to what it does, proven anew where that is dangerous", async () => {
    await using world = await TaskWorld.open();
    const { session } = world.commands;
    const operator = world.commands.session("operator");
    const reboot = { ...world.ping(), action: "server.reboot" } as const;
    expect(await errorOf(world.add({}, world.commands.session("viewer")))).toEqual(["FORBIDDEN", {}]);
    const stale = session.call(world.commands, "operator", 10 * MINUTE_MS);
    expect(await errorOf(world.add({ work: reboot }, stale))).toEqual(["STEP_UP_NEEDED", {}]);
    const { id } = await world.add({ work: reboot });
    expect(await errorOf(world.desk.runNow(stale, "http", id))).toEqual(["STEP_UP_NEEDED", {}]);
    const hook = { is: "webhook", notifierId: world.notifierId, text: "x" } as const;
    expect(await errorOf(world.add({ name: "b", work: hook }, operator))).toEqual(["FORBIDDEN", {}]);
    expect(await errorOf(world.add({ name: "c", work: { is: "backup", keep: 1 } }, operator))).toEqual([
      "FORBIDDEN",
      {},
    ]);
    // A tag may come to mean many, so stopping what it means is dangerous from the first.
    const stop = { is: "action", action: "service.stop", args: {}, targets: { tag: "all" } } as const;
    expect(await errorOf(world.add({ name: "d", work: stop }, stale))).toEqual(["STEP_UP_NEEDED", {}]);
    // To switch one off needs nothing more.
    expect((await world.desk.enable(stale, "http", id, false)).isEnabled).toBe(false);
    expect(await errorOf(world.desk.enable(stale, "http", id, true))).toEqual(["STEP_UP_NEEDED", {}]);
  });

  test("[AZ-03] nothing named is never all", async () => {
    await using world = await TaskWorld.open();
    const work = (targets: object) => ({ is: "action", action: "agent.ping", args: {}, targets }) as const;
    for (const targets of [{}, { servers: [] }, { tag: "" }])
      expect(await errorOf(world.add({ work: work(targets) })), JSON.stringify(targets)).toEqual([
        "BAD_REQUEST",
        expect.objectContaining({}),
      ]);
    const { links } = world.commands;
    await world.add({ work: work({ tag: "nobody-has-it" }) });
    await world.passMinute();
    expect(await world.runs()).toMatchObject([{ outcome: "failed", detail: "Nothing is meant by these targets." }]);
    expect(links.delivered).toEqual([]);
  });

  test("what cannot be is refused and names its field", async () => {
    await using world = await TaskWorld.open();
    const fields = async (change: Parameters<TaskWorld["add"]>[0]) => {
      const error = (await errorOf(world.add(change, world.commands.session("admin")))) as [string, object];
      return [error[0], Object.keys(error[1])];
    };
    const missing = "00000000-0000-7000-8000-000000000000";
    expect(await fields({ schedule: { is: "cron", expression: "61 * * * *" } })).toEqual([
      "BAD_REQUEST",
      ["body.schedule.expression"],
    ]);
    expect(await fields({ zone: "Mars/Olympus" })).toEqual(["BAD_REQUEST", ["body.zone"]]);
    expect(await fields({ schedule: { is: "once", at: 1 } })).toEqual(["BAD_REQUEST", ["body.schedule.at"]]);
    expect(await fields({ work: { is: "probe", probeIds: [missing] } })).toEqual([
      "NOT_FOUND",
      ["body.work.probeIds.0"],
    ]);
    expect(await fields({ work: { is: "webhook", notifierId: missing, text: "x" } })).toEqual([
      "NOT_FOUND",
      ["body.work.notifierId"],
    ]);
    expect(await fields({ work: { is: "action", action: "shell", args: {}, targets: { tag: "all" } } })).toEqual([
      "BAD_REQUEST",
      ["body.work.action"],
    ]);
    expect(
      await fields({ work: { is: "action", action: "agent.ping", args: {}, targets: { servers: [missing] } } }),
    ).toEqual(["NOT_FOUND", ["body.work.targets"]]);
    await world.add();
    expect(await fields({})).toEqual(["CONFLICT", ["body.name"]]);
  });
});

describe("other work", () => {
  test("probes look, a notifier is told, the state is copied; each leaves a step and a row", async () => {
    await using world = await TaskWorld.open();
    const admin = world.commands.session("admin");
    const once = { schedule: { is: "every", everyMs: 86_400_000 * 300, from: 0 } } as const;
    const run = async (change: Parameters<TaskWorld["add"]>[0]) => {
      const { id } = await world.add({ ...once, ...change }, admin);
      const { id: runId } = await world.desk.runNow(admin, "http", id);
      const row = await world.desk.wait(runId, 60_000, AbortSignal.timeout(5_000));
      return { outcome: row.outcome, detail: row.detail, steps: await world.store.steps(runId) };
    };
    const probe = { name: "a", work: { is: "probe", probeIds: [world.probeId] } } as const;
    expect(await run(probe)).toMatchObject({ outcome: "succeeded", steps: [{ what: "port", outcome: "succeeded" }] });
    world.health = "unhealthy";
    expect(await run({ ...probe, name: "b" })).toMatchObject({ outcome: "failed", detail: "unhealthy" });
    expect(
      await run({ name: "c", work: { is: "webhook", notifierId: world.notifierId, text: "hello" } }),
    ).toMatchObject({ outcome: "succeeded" });
    expect(world.said).toEqual(["hello"]);
    for (const name of ["d", "e", "f"]) {
      await world.commands.clock.advance(1_000);
      expect(await run({ name, work: { is: "backup", keep: 2 } })).toMatchObject({ outcome: "succeeded" });
    }
    const directory = world.commands.directory.file("backups");
    const copies = readdirSync(directory);
    expect(copies).toHaveLength(2);
    const path = `${directory}/${copies[1]!}`;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const copy = new DatabaseSync(path, { readOnly: true });
    expect(copy.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    expect(copy.prepare("SELECT count(*) AS tasks FROM task").get()).toEqual({ tasks: 6 });
    copy.close();
    expect(existsSync(`${path}.unfinished`)).toBe(false);
    expect((await world.commands.rows()).filter(({ door }) => door === "task").map(({ action }) => action)).toEqual([
      ...["probe.run", "probe.run", "notifier.message", "hub.backup", "hub.backup", "hub.backup"],
    ]);
  });
});

describe("hubs that die, and several of them", () => {
  test("[TK20] a hub that ends in the middle is followed by one that goes on: asked once, and its outcome is known", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds } = world.commands;
    links.connect(serverIds["alpha"]!);
    await world.add();
    await world.passMinute();
    const first = world.desk;
    await first.stop();
    await world.commands.start();
    links.connect(serverIds["alpha"]!);
    await world.start("hub-2");
    await world.pass(12);
    await world.answer();
    expect(await world.runs()).toMatchObject([{ outcome: "succeeded", holder: "hub-2", epoch: 2 }]);
    expect(new Set(links.delivered.map(({ core }) => core.cmd)).size).toBe(1);
  });

  test("[TK20] a hub that is stopped leaves what it asked for to the next one", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds, clock } = world.commands;
    await world.add({ schedule: { is: "once", at: clock.now() + 1_000 } });
    // The server is away, so the action waits.
    await world.pass(2);
    await world.desk.stop();
    await world.commands.rest();
    await world.commands.start();
    await world.start("hub-2");
    links.connect(serverIds["alpha"]!);
    await world.pass(12);
    await world.answer();
    expect(await world.runs()).toMatchObject([{ outcome: "succeeded", holder: "hub-2" }]);
  });

  test("[TK8] an outcome that could not be written down is written down later", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds, clock } = world.commands;
    links.connect(serverIds["alpha"]!);
    await world.desk.stop();
    let fails = false;
    await world.start(
      "hub-1",
      (part) =>
        new Proxy(part, {
          get(target, name) {
            const value: unknown = Reflect.get(target, name, target);
            if (typeof value !== "function") return value;
            return fails && name === "save"
              ? () => Promise.reject(new Error("the disk is full"))
              : (value as (...args: unknown[]) => unknown).bind(target);
          },
        }),
    );
    await world.add({ schedule: { is: "once", at: clock.now() + 1_000 } });
    await world.pass(2);
    fails = true;
    await world.answer("succeeded", "pong");
    expect(await world.runs()).toMatchObject([{ state: "running" }]);
    fails = false;
    await world.pass(4);
    expect(await world.runs()).toMatchObject([{ outcome: "succeeded", detail: "pong" }]);
    expect(links.delivered).toHaveLength(1);
  });

  test("[TK15] what a task came to last is the same after a start: what was cancelled, skipped or missed says nothing", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds, clock } = world.commands;
    links.connect(serverIds["alpha"]!);
    const { id } = await world.add();
    await world.passMinute();
    await world.answer("failed", "no");
    await world.passMinute();
    const running = (await world.runs()).at(-1)!;
    await world.desk.cancel(world.commands.session("operator"), "http", running.id);
    await clock.advance(5 * MINUTE_MS);
    const before = world.desk.view(id).lastRun;
    await world.start("hub-2");
    expect(world.desk.view(id).lastRun).toEqual(before);
    await world.pass(1);
    expect((await outcomes(world)).slice(0, 3)).toEqual(["failed", "cancelled", "missed"]);
    expect(world.desk.view(id).lastRun).toMatchObject({ outcome: "failed" });
    expect([...world.desk.troubles()].map(({ trouble }) => trouble)).toEqual(["failed"]);
  });

  test("[TK21] what may have been sent to nobody who keeps count ends unknown, and not running for ever", async () => {
    await using world = await TaskWorld.open();
    const work = { is: "webhook", notifierId: world.notifierId, text: "hello" } as const;
    const { id } = await world.add(
      { work, schedule: { is: "every", everyMs: 86_400_000 * 300, from: 0 } },
      world.commands.session("admin"),
    );
    const row = await world.store.ask(
      (await world.store.all()).find((task) => task.id === id)!,
      {
        cause: "asked",
        by: "",
        detail: "",
        state: { is: "waiting", attempt: 1, notBefore: 0 },
      },
    );
    await world.store.save([
      { run: row, state: { is: "running", attempt: 1, until: Number.MAX_SAFE_INTEGER }, note: {} },
    ]);
    await world.start("hub-2");
    await world.pass(15);
    expect(await world.runs()).toMatchObject([{ outcome: "unknown" }]);
    expect(world.said).toEqual([]);
  });

  test("[TK19] two hubs on one database fire each slot once, and one of them goes on alone", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds } = world.commands;
    links.connect(serverIds["alpha"]!);
    await world.add();
    const first = world.desk;
    const second = await world.start("hub-2");
    for (let minute = 0; minute < 5; minute++) {
      await world.passMinute();
      await world.pass(1, minute % 2 === 0 ? [first, second] : [second, first]);
      await world.answer();
    }
    const both = await world.runs();
    expect(both.length).toBeGreaterThanOrEqual(4);
    expect(new Set(both.map(({ slot }) => slot)).size).toBe(both.length);
    expect(links.delivered.length).toBe(both.length);
    await first.stop();
    await world.passMinute();
    await world.pass(12);
    await world.answer();
    expect((await outcomes(world)).every((outcome) => outcome === "succeeded" || outcome === "skipped")).toBe(true);
  });

  test("[TK19] a hub that slept past its hold writes nothing over whoever took its run", async () => {
    await using world = await TaskWorld.open();
    const { links, serverIds, clock } = world.commands;
    links.connect(serverIds["alpha"]!);
    await world.add({ schedule: { is: "once", at: clock.now() + 1_000 } });
    await world.pass(2);
    const first = world.desk;
    // The first says nothing for longer than its hold lasts; the second takes the run and ends it.
    const second = await world.start("hub-2");
    await world.pass(12, [second]);
    const [taken] = await world.runs();
    expect(taken).toMatchObject({ holder: "hub-2", state: "running" });
    await first.cancel(world.commands.session("operator"), "http", taken!.id);
    expect(await world.runs(), "it is not the first one's any more").toEqual([taken]);
    await world.answer("failed", "no");
    const [run] = await world.runs();
    expect(run).toMatchObject({ outcome: "failed", holder: "hub-2", epoch: 2 });
    await first.tick();
    await world.commands.rest();
    expect((await world.runs())[0]).toEqual(run);
    await first.stop();
  });
});
