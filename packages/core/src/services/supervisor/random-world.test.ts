import { seededRandom } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { DEFAULT_RESTART } from "../definition.ts";
import type { Random } from "../../time.ts";
import { reactTo } from "./table.ts";
import { newUnit } from "./unit.ts";
import type { SupervisedUnit, TimerEvent, UnitEvent, UnitRules } from "./unit.ts";

const EVENTS_PER_WORLD = 400;
const WORLDS = 60;

/**
 * A service, its children and its timer, in a world where anything happens in any order: people ask, children die or
 * ignore signals, spawns fail, time passes. Checks after each event what must always hold.
 */
class World {
  readonly #random: Random;
  readonly #rules: UnitRules;
  #nowMs = 1_000;
  #nextPid = 1;
  unit: SupervisedUnit = newUnit("unasked");
  /** Leaders that live. */
  readonly alive = new Set<number>();
  #isSpawning = false;
  #awaitsDependencies = false;
  /** The leader is dead, others of its group are not. */
  #leftovers = false;
  #timer: { readonly rings: TimerEvent; readonly atMs: number } | undefined;
  #restartsAtMs: number[] = [];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#rules = {
      restart: {
        ...DEFAULT_RESTART,
        when: this.#pick(["never", "on-failure", "always", "on-unhealthy"] as const),
        delayMs: this.#pick([0, 10, 1_000]),
        delayMsMax: this.#pick([1_000, 60_000]),
        restartsMax: this.#pick([0, 1, 3, 10]),
        windowMs: this.#pick([5_000, 600_000]),
      },
      stop: { signal: "TERM", graceMs: 1_000, keys: "" },
      ready: this.#pick([{ by: "started" }, { by: "time", afterMs: 300 }, { by: "checks", timeoutMs: 900 }] as const),
    };
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)]!;
  }

  step(): void {
    const choices: (() => void)[] = [
      () =>
        this.send({ is: this.#pick(["start-asked", "stop-asked", "restart-asked", "reset-asked"]), cause: "a person" }),
      () => this.#pass(this.#random() * 2_000),
      () => this.#pass(this.#random() * 2_000),
      () => this.send({ is: "became-unhealthy", cause: "checks" }),
      () => this.send({ is: "limit-exceeded", cause: "memory" }),
    ];
    if (this.#awaitsDependencies)
      choices.push(
        () => this.send({ is: "dependencies-ready" }),
        () => this.send({ is: "dependencies-ready" }),
        () => this.send({ is: "dependencies-failed", cause: "another failed" }),
        () => this.send({ is: "incomplete", cause: "a secret has no value" }),
      );
    if (this.unit.standing.is === "failed") choices.push(() => this.send({ is: "complete", cause: "it has a value" }));
    if (this.#isSpawning)
      choices.push(
        () => this.#birth(),
        () => this.#birth(),
        () => this.#noBirth("spawn-failed"),
        () => this.#noBirth("incomplete"),
      );
    if (this.alive.size > 0) {
      choices.push(
        () => this.#death(),
        () => this.#death(),
      );
      choices.push(() => this.send({ is: "ready" }));
    }
    if (this.#leftovers) choices.push(() => ((this.#leftovers = false), this.send({ is: "group-gone" })));
    this.#pick(choices)();
  }

  #birth(): void {
    this.#isSpawning = false;
    const pid = this.#nextPid++;
    this.alive.add(pid);
    this.send({ is: "spawned", child: { pid, startTicks: pid } });
  }

  #noBirth(is: "spawn-failed" | "incomplete"): void {
    this.#isSpawning = false;
    this.send({ is, cause: "no such program, or a secret without a value" });
  }

  #death(): void {
    this.alive.clear();
    this.#leftovers = this.#random() < 0.2;
    const exit = this.#pick([
      { code: 0, signal: null, detail: "" },
      { code: 1, signal: null, detail: "" },
      { code: null, signal: "SIGKILL", detail: "" },
    ]);
    this.send({ is: "exited", exit, left: this.#leftovers ? "some" : "none" });
  }

  #pass(forMs: number): void {
    const untilMs = this.#nowMs + forMs;
    while (this.#timer !== undefined && this.#timer.atMs <= untilMs) {
      const { rings, atMs } = this.#timer;
      this.#timer = undefined;
      this.#nowMs = atMs;
      this.send(rings === "not-ready" ? { is: rings, cause: "too slow" } : { is: rings });
    }
    this.#nowMs = untilMs;
  }

  send(event: UnitEvent): void {
    const before = this.unit;
    const { unit, effects } = reactTo(before, event, this.#rules, { nowMs: this.#nowMs, random: this.#random() });
    this.unit = unit;
    const notes = effects.filter((effect) => effect.is === "note");
    // Every transition has a cause.
    if (before.standing.is !== unit.standing.is) {
      expect(notes.map(({ from, to }) => ({ from, to }))).toContainEqual({
        from: before.standing.is,
        to: unit.standing.is,
      });
    }
    for (const note of notes) expect(note.cause).not.toBe("");
    if (unit.standing.is !== "starting") this.#awaitsDependencies = false;
    for (const effect of effects) {
      if (effect.is === "await-dependencies") this.#awaitsDependencies = true;
      if (effect.is === "no-timer") this.#timer = undefined;
      if (effect.is === "timer") {
        this.#timer = { rings: effect.rings, atMs: this.#nowMs + effect.delayMs };
        if (effect.rings === "retry-due") expect(effect.delayMs).toBeLessThanOrEqual(this.#rules.restart.delayMsMax);
      }
      if (effect.is === "spawn") {
        // Never two children.
        expect({ alive: this.alive.size, leftovers: this.#leftovers, spawning: this.#isSpawning }).toEqual({
          alive: 0,
          leftovers: false,
          spawning: false,
        });
        this.#isSpawning = true;
        this.#awaitsDependencies = false;
      }
    }
    if (unit.restarts > before.restarts) {
      const { windowMs, restartsMax } = this.#rules.restart;
      this.#restartsAtMs = [...this.#restartsAtMs.filter((atMs) => atMs > this.#nowMs - windowMs), this.#nowMs];
      expect(this.#restartsAtMs.length).toBeLessThanOrEqual(restartsMax);
    }
    // People who start or reset it give its budget back.
    if (unit.restartedAtMs.length === 0) this.#restartsAtMs = [];
    if (["stopped", "failed", "backing-off"].includes(unit.standing.is)) {
      expect({ alive: this.alive.size, leftovers: this.#leftovers, child: unit.child }).toEqual({
        alive: 0,
        leftovers: false,
        child: null,
      });
    }
    if (["stopping", "backing-off"].includes(unit.standing.is) && this.#unbornAwaits(unit) === undefined)
      expect(this.#timer, `${unit.standing.is} waits for a timer`).toBeDefined();
  }

  #unbornAwaits(unit: SupervisedUnit): "spawn" | undefined {
    return unit.standing.is === "stopping" && unit.standing.step === "unborn" ? "spawn" : undefined;
  }

  /** A stop, and then only what the world does by itself. */
  stopFinally(): void {
    this.send({ is: "stop-asked", cause: "the end" });
    for (let step = 0; step < 50 && !["stopped", "failed"].includes(this.unit.standing.is); step++) {
      if (this.#isSpawning) this.#birth();
      else if (this.alive.size > 0) this.#death();
      else if (this.#leftovers) {
        this.#leftovers = false;
        this.send({ is: "group-gone" });
      } else this.#pass(60_000);
    }
    this.#pass(10 * 60_000);
  }
}

describe("a supervised service in a random world", () => {
  test("[SV1] never has two children, keeps its budget and its pauses, says why, and ends stopped when stopped", () => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const world = new World(seed);
      try {
        for (let event = 0; event < EVENTS_PER_WORLD; event++) world.step();
        world.stopFinally();
        expect(["stopped", "failed"]).toContain(world.unit.standing.is);
        expect(world.alive.size).toBe(0);
        expect(world.unit.wanted).toBe("stopped");
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
});
