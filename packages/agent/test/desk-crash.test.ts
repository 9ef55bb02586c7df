import { nextTurn } from "@muster/node-kit";
import type { ResultBody } from "@muster/protocol";
import { seededRandom, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import type { CommandDesk } from "../src/commands/command-desk.ts";
import { Journal } from "../src/commands/journal.ts";
import { bodyOf, DeskWorld, MemoryDriver, policyOf } from "./desk-world.ts";

/** So many runs; the release takes more. */
const RUNS = Number(process.env["MUSTER_CRASH_RUNS"] ?? 150);

class Death extends Error {}

/** The agent's process: stopped at the step whose turn it is, after which nothing that was begun goes on. */
class Process {
  stepsLeft: number;
  isDead = false;

  constructor(stepsLeft: number) {
    this.stepsLeft = stepsLeft;
  }

  /** A step of something that answers at once. */
  now(): void {
    if (!this.isDead && --this.stepsLeft <= 0) this.isDead = true;
    if (this.isDead) throw new Death("the process has ended");
  }

  later = async (): Promise<void> => {
    await nextTurn();
    if (!this.isDead && --this.stepsLeft <= 0) this.isDead = true;
    if (this.isDead) await new Promise<never>(() => undefined);
  };

  /** A journal that is cut off before and after every line. */
  journal(journal: Journal): Journal {
    return new Proxy(journal, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const isWriting = ["begin", "observe", "end", "acknowledge"].includes(String(name));
          if (isWriting) this.now();
          const answer = (value as (...args: unknown[]) => unknown).apply(target, args);
          if (isWriting) this.now();
          return answer;
        };
      },
    });
  }
}

test(
  `[R10] the agent is stopped between any two steps, ${RUNS} times: one effect at most, and the outcome says what happened`,
  { timeout: 600_000 },
  async () => {
    await using directory = await temporaryDirectory("desk");
    let deaths = 0;
    const unknown: string[] = [];
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seededRandom(seed);
      const world = new DeskWorld();
      const names = ["s1", "s2"];
      world.policy = policyOf([{ action: "service.restart", driver: "systemd", names }]);
      let process_ = new Process(1 + Math.floor(random() * 14));
      const driver = new MemoryDriver(() => process_.later());
      const path = directory.file(String(seed));
      let journal = new Journal(path, world.clock.now());
      const start = (): CommandDesk => {
        const desk = world.desk(process_.journal(journal), { drivers: new Map([["systemd", driver]]) });
        try {
          desk.recover(world.keys);
        } catch {
          // It died while it started.
        }
        return desk;
      };
      let desk = start();
      const cores = names.map((name, index) => world.core(`c${index}`, "service.restart", { driver: "systemd", name }));
      const results = new Map<string, ResultBody>();
      const take = (core: string): void =>
        void desk.take(world.frame(core), world.session).then(
          (answer) => {
            if (answer.is === "result" && random() < 0.7) results.set(bodyOf(answer).cmd, bodyOf(answer));
          },
          () => undefined,
        );
      for (let round = 0; round < 60 && results.size < cores.length; round++) {
        if (process_.isDead) {
          deaths++;
          // The driver of a dead process lets go of its service.
          driver.under.clear();
          journal.close();
          process_ = new Process(random() < 0.3 ? 1 + Math.floor(random() * 14) : 1_000);
          journal = new Journal(path, world.clock.now());
          desk = start();
        }
        for (const core of cores) if (random() < 0.6) take(core);
        for (let turn = 0; turn < 4; turn++) await nextTurn();
        if (random() < 0.5) await world.clock.advance(1_000);
      }
      process_.stepsLeft = 1_000;
      for (const core of cores) {
        if (process_.isDead) break;
        const answer = desk.take(world.frame(core), world.session);
        for (let turn = 0; turn < 40; turn++) {
          await nextTurn();
          await world.clock.advance(500);
        }
        const body = bodyOf(await answer);
        results.set(body.cmd, body);
      }
      for (const [index, name] of names.entries()) {
        const effects = driver.effects.get(name) ?? 0;
        const result = results.get(`c${index}`);
        const why = `seed ${seed}: ${effects} effects, ${JSON.stringify(result)}`;
        expect(effects, why).toBeLessThanOrEqual(1);
        if (result === undefined) continue;
        if (result.outcome === "unknown") unknown.push(why);
        else expect(result.outcome === "succeeded", why).toBe(effects === 1);
      }
      expect(driver.overlapMax).toBeLessThanOrEqual(1);
      journal.close();
    }
    expect(deaths).toBeGreaterThan(RUNS / 2);
    // A restart is seen, so that none has to stay unknown.
    expect(unknown).toEqual([]);
  },
);
