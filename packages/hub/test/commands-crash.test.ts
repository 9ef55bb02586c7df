import { MINUTE_MS, NOT_AFTER_MS } from "@muster/core";
import type { Outcome } from "@muster/core";
import { nextTurn } from "@muster/node-kit";
import { seededRandom } from "@muster/testkit";
import { expect, test } from "vitest";
import { CommandWorld } from "./command-world.ts";
import type { Delivered } from "./command-world.ts";
import { Mortal } from "./mortal.ts";

/** So many runs; the release takes more. */
const RUNS = Number(process.env["MUSTER_CRASH_RUNS"] ?? 600);

/** An agent as docs/spec has it: what it took stands in its journal, and its effect comes once. */
class JournalingAgent {
  readonly journal = new Map<string, Outcome["is"]>();
  readonly effects = new Map<string, number>();
  readonly confirmed = new Set<string>();

  take({ core }: Delivered, now: number): void {
    if (this.journal.has(core.cmd)) return;
    if (now > core.notAfter) return void this.journal.set(core.cmd, "refused");
    this.effects.set(core.cmd, (this.effects.get(core.cmd) ?? 0) + 1);
    this.journal.set(core.cmd, "succeeded");
  }
}

test(
  `[R10] the hub is stopped between any two steps, ${RUNS} times: each request has one effect at most, with a row before it, and the end is what the server says`,
  { timeout: 600_000 },
  async () => {
    await using world = await CommandWorld.open(["alpha"]);
    const alpha = world.serverIds["alpha"]!;
    const { links, clock, db } = world;
    let deaths = 0;
    let doubled = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seededRandom(seed);
      const agent = new JournalingAgent();
      const line: Delivered[] = [];
      let mortal = new Mortal(1 + Math.floor(random() * 40), () => undefined);
      links.connectedIds.clear();
      await db.deleteFrom("action").execute();
      const auditedBefore = world.audit?.head.seq ?? 0;
      await db.deleteFrom("action_request").execute();
      await world.start(mortal.between);
      links.onDeliver = (delivered) => {
        if (mortal.isDead) return;
        if (random() < 0.85) line.push(delivered);
        if (random() < 0.2) line.push(delivered);
      };
      const asked = new Map<string, boolean>();
      const actor = world.session("operator");
      const ask = (key: string): void => {
        asked.set(key, false);
        void world.ask(actor, "agent.ping", { servers: [alpha] }, { idempotencyKey: key }).then(
          () => asked.set(key, true),
          () => undefined,
        );
      };
      const rise = async (stepsLeft: number): Promise<void> => {
        mortal.kill();
        deaths++;
        // What the database was doing when the process ended is done or not; nothing is halfway.
        await db.transaction().execute(() => Promise.resolve());
        for (let turn = 0; turn < 4; turn++) await nextTurn();
        mortal = new Mortal(stepsLeft, () => undefined);
        // What had left arrives nevertheless, or does not.
        for (const delivered of line.splice(0)) if (random() < 0.5) agent.take(delivered, clock.now());
        links.connectedIds.clear();
        await world.start(mortal.between);
        // Whoever got no answer asks again, with the same key.
        for (const [key, isAnswered] of asked) if (!isAnswered) ask(key);
      };
      const tell = (): void => {
        for (const [cmd, outcome] of agent.journal) {
          if (agent.confirmed.has(cmd) || random() < 0.3) continue;
          const here = mortal;
          void links.result(alpha, cmd, { outcome, detail: "" }).then(
            () => !here.isDead && random() < 0.8 && agent.confirmed.add(cmd),
            () => undefined,
          );
        }
      };
      for (let round = 0; round < 14; round++) {
        const choice = random();
        if (mortal.isDead) await rise(1 + Math.floor(random() * 40));
        else if (choice < 0.25 && asked.size < 4) ask(`${seed}-${asked.size}`);
        else if (choice < 0.5) links.connect(alpha);
        else if (choice < 0.8 && line.length > 0) {
          const delivered = line.splice(Math.floor(random() * line.length), 1)[0]!;
          // Nothing is sent that is not in the log.
          const row = await db
            .selectFrom("audit")
            .select("row")
            .where("seq", "=", delivered.auditSeq)
            .executeTakeFirst();
          expect(JSON.parse(row!.row), `seed ${seed}`).toMatchObject({ cmd: delivered.core.cmd, decision: "allowed" });
          agent.take(delivered, clock.now());
        } else if (choice < 0.85) tell();
        else if (choice < 0.95) await clock.advance(Math.floor(random() * 2 * MINUTE_MS));
        else world.outbox.tick();
        for (let turn = 0; turn < 3; turn++) await nextTurn();
      }
      // The line and the hub work again.
      await rise(Number.POSITIVE_INFINITY);
      links.onDeliver = (delivered) => agent.take(delivered, clock.now());
      links.connect(alpha);
      await world.rest();
      for (const [cmd, outcome] of agent.journal) await links.result(alpha, cmd, { outcome, detail: "" });
      await clock.advance(NOT_AFTER_MS + 1);
      world.outbox.tick();
      await world.rest();
      const views = await world.store.list({ limit: 50 });
      for (const view of views) {
        const why = `seed ${seed} ${JSON.stringify(view)}`;
        const effects = agent.effects.get(view.id) ?? 0;
        if (effects > 1) doubled++;
        expect(view.state, why).toBe("ended");
        // The hub knows in the end whatever the server knows; nothing stays unknown while both can speak.
        expect(view.outcome, why).toBe(agent.journal.get(view.id) ?? "failed");
        expect(view.outcome === "succeeded", why).toBe(effects === 1);
      }
      // A hub that does not know says so: it never calls failed or refused what was done.
      for (const row of await world.rows(auditedBefore))
        if (row.cmd !== null && agent.effects.has(row.cmd))
          expect(row.decision, `seed ${seed} ${JSON.stringify(row)}`).toBeOneOf(["allowed", "unknown", "succeeded"]);
      // One request, one action, however often it was asked.
      expect(views.length, `seed ${seed}`).toBe(asked.size);
      for (const cmd of agent.effects.keys())
        expect(
          views.map(({ id }) => id),
          `seed ${seed}`,
        ).toContain(cmd);
      await world.outbox.stop();
    }
    expect(doubled).toBe(0);
    expect(deaths).toBeGreaterThan(RUNS);
    let previous = 0;
    for (const { seq } of await db.selectFrom("audit").select("seq").orderBy("seq").execute()) {
      expect(seq).toBe(previous + 1);
      previous = seq;
    }
  },
);
