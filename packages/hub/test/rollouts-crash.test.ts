import { nextTurn } from "@muster/node-kit";
import { seededRandom } from "@muster/testkit";
import { expect, test } from "vitest";
import type { Delivered } from "./command-world.ts";
import { Mortal } from "./mortal.ts";
import { RolloutWorld } from "./rollout-world.ts";

/** So many runs; the release takes more. */
const RUNS = Number(process.env["MUSTER_CRASH_RUNS"] ?? 150);
const SERVERS = ["alpha", "beta", "gamma", "delta"];

test(
  `[RO18] [R10] the hub is stopped between any two steps of a rollout, ${RUNS} times: each target is acted on once, never more than a batch at once, and it ends`,
  { timeout: 600_000 },
  async () => {
    await using world = await RolloutWorld.open(SERVERS);
    const { commands } = world;
    const { links, clock, db } = commands;
    let deaths = 0;
    const outcomes = new Map<string, number>();
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seededRandom(seed);
      const effects = new Map<string, number>();
      const journal = new Map<string, Delivered>();
      const line: Delivered[] = [];
      for (const table of ["rollout", "action", "action_request"] as const) await db.deleteFrom(table).execute();
      const auditedBefore = commands.audit.head.seq;
      let mortal = new Mortal(5 + Math.floor(random() * 60), () => undefined);
      const rise = async (stepsLeft: number): Promise<void> => {
        mortal.kill();
        deaths++;
        // What the database was doing when the process ended is done or not; nothing is halfway.
        await db.transaction().execute(() => Promise.resolve());
        for (let turn = 0; turn < 4; turn++) await nextTurn();
        mortal = new Mortal(stepsLeft, () => undefined);
        await world.restart(mortal.between);
        hearLine();
      };
      const hearLine = (): void => {
        const here = mortal;
        links.onDeliver = (delivered) => void (!here.isDead && line.push(delivered));
      };
      const work = (): void => {
        for (const delivered of line.splice(0)) {
          if (journal.has(delivered.core.cmd) || clock.now() > delivered.core.notAfter) continue;
          journal.set(delivered.core.cmd, delivered);
          const target = world.targetOf(delivered);
          const name = `${delivered.core.action} ${target}`;
          effects.set(name, (effects.get(name) ?? 0) + 1);
          world.sights.set(target, {
            ...{ is: "service", health: "unknown", run: null },
            state: delivered.core.action === "service.stop" ? "stopped" : "running",
          });
        }
      };
      const tell = (): void => {
        for (const { serverId, core } of journal.values()) void links.result(serverId, core.cmd).catch(() => undefined);
      };
      for (const id of world.serviceIds)
        world.sights.set(id, { is: "service", state: "running", health: "unknown", run: null });
      await world.restart();
      hearLine();
      const { id } = await world.started({
        action: "service.stop",
        batch: { is: "count", count: 1 + Math.floor(random() * 2) },
        gate: { stableMs: 1_000, timeoutMs: 30_000 },
        onFailure: random() < 0.5 ? "roll-back" : "go-on",
      });
      await rise(5 + Math.floor(random() * 60));
      for (let round = 0; round < 25; round++) {
        const choice = random();
        if (mortal.isDead) await rise(5 + Math.floor(random() * 60));
        else if (choice < 0.3) world.desk.tick();
        else if (choice < 0.45) for (const server of Object.values(commands.serverIds)) links.connect(server);
        else if (choice < 0.6) work();
        else if (choice < 0.75) tell();
        else if (choice < 0.95) await clock.advance(Math.floor(random() * 3_000));
        else if (choice < 0.98) void world.desk.pause(id, commands.session("operator"), "http").catch(() => undefined);
        else if (choice < 0.99)
          void world.desk.abort(id, commands.session("operator"), "http", true).catch(() => undefined);
        else commands.outbox.tick();
        for (let turn = 0; turn < 3; turn++) await nextTurn();
        const atWork = await db
          .selectFrom("rollout_target")
          .select(({ fn }) => fn.countAll<number>().as("count"))
          .where("stage", "in", ["asked", "acted"])
          .executeTakeFirstOrThrow();
        expect(atWork.count, `seed ${seed}`).toBeLessThanOrEqual(2);
      }
      await rise(Number.POSITIVE_INFINITY);
      for (const server of Object.values(commands.serverIds)) links.connect(server);
      const { run } = await world.now(id);
      if (run.state.is === "paused") await world.desk.resume(id, commands.session("operator"), "http");
      for (let second = 0; second < 400; second++) {
        if ((await world.now(id)).run.state.is === "ended") break;
        work();
        tell();
        await world.seconds(1);
      }
      const ended = await world.now(id);
      const why = `seed ${seed} ${JSON.stringify({ run: ended.run, effects: [...effects] })}`;
      expect(ended.run.state.is, why).toBe("ended");
      for (const [name, count] of effects) expect(count, `${why} ${name}`).toBe(1);
      // What took effect is known to have been asked for.
      for (const name of effects.keys()) {
        const [action, target] = name.split(" ") as [string, string];
        const progress = ended.run.targets.find((one) => one.id === target)!;
        expect(action === "service.stop" ? progress.cmd : progress.undoCmd, why).not.toBeNull();
      }
      const rows = await commands.rows(auditedBefore);
      expect(
        rows.filter(({ action }) => action === "rollout.end"),
        why,
      ).toHaveLength(1);
      const { outcome } = ended.run.state as { readonly outcome: string };
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await world.desk.stop();
    }
    expect(deaths).toBeGreaterThan(2 * RUNS);
    expect(outcomes.size).toBeGreaterThan(1);
  },
);
