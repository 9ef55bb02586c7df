import { seededRandom } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import type { Outcome } from "./catalog.ts";
import { deliver, NOT_AFTER_MS, RESULT_WITHIN_MS } from "./delivery.ts";
import type { DeliveryEvent, DeliveryState } from "./delivery.ts";

const asked: DeliveryState = { is: "asked", notAfter: NOT_AFTER_MS };
const sent: DeliveryState = { is: "sent", notAfter: NOT_AFTER_MS, firstSentAt: 0, lastSentAt: 0, withheld: false };
const done: Outcome = { is: "succeeded", detail: "done" };
const ended = (by: "server" | "hub"): DeliveryState => ({ is: "ended", by, outcome: "unknown" });

describe("the table of deliveries", () => {
  test.each<[string, DeliveryState, DeliveryEvent, number, DeliveryState["is"], string | undefined]>([
    ["[CO1] is sent where the server can take it", asked, { is: "deliverable" }, 5, "sent", "send"],
    ["[CO2] is not sent once its time has passed", asked, { is: "deliverable" }, NOT_AFTER_MS + 1, "ended", "failed"],
    ["[CO2] ends failed when nobody could take it in time", asked, { is: "time" }, NOT_AFTER_MS + 1, "ended", "failed"],
    ["[CO2] waits while there is time", asked, { is: "time" }, NOT_AFTER_MS, "asked", undefined],
    [
      "[AZ-04] is cancelled when who asked may not any more",
      asked,
      { is: "forbidden", why: "x" },
      5,
      "ended",
      "refused",
    ],
    ["[CO3] goes again although its time has passed", sent, { is: "deliverable" }, NOT_AFTER_MS + 1, "sent", "send"],
    ["[AZ-04] is not sent again, and not called refused", sent, { is: "forbidden", why: "x" }, 5, "sent", "withhold"],
    ["[CO4] is unknown after its time", sent, { is: "time" }, RESULT_WITHIN_MS + 1, "ended", "unknown"],
    ["[CO4] is not unknown before", sent, { is: "time" }, RESULT_WITHIN_MS, "sent", undefined],
    ["[AG-11] a server shut out leaves it unknown", sent, { is: "shut-out", why: "x" }, 5, "ended", "unknown"],
    ["[CO5] a signed result ends it", sent, { is: "result", outcome: done }, 5, "ended", "succeeded"],
    ["[CO5] a late one corrects", ended("hub"), { is: "result", outcome: done }, 5, "ended", "succeeded"],
    ["[CO5] a second one changes nothing", ended("server"), { is: "result", outcome: done }, 5, "ended", undefined],
    ["[CO1] what has ended is not sent", ended("hub"), { is: "deliverable" }, 5, "ended", undefined],
  ])("%s", (_, state, event, now, next, effect) => {
    const step = deliver(state, event, now);
    expect(step.state.is).toBe(next);
    const told = step.effect;
    expect(told && ("outcome" in told ? told.outcome.is : told.is)).toBe(effect);
  });

  test("[AZ-04] what is withheld is told once", () => {
    const first = deliver(sent, { is: "forbidden", why: "demoted" }, 1).state;
    expect(deliver(first, { is: "forbidden", why: "demoted" }, 2).effect).toBeUndefined();
  });
});

/**
 * One command between a hub that keeps what it wrote and an agent that keeps its journal, while either stops in the middle,
 * and the line loses, doubles and delays what goes over it.
 */
class World {
  readonly random: () => number;
  now = 0;
  state: DeliveryState = { is: "asked", notAfter: NOT_AFTER_MS };
  /** What the hub has said of the end, in order. */
  readonly said: Outcome["is"][] = [];
  mayAsk = true;
  isConnected = false;
  toAgent = 0;
  readonly toHub: Outcome["is"][] = [];
  journal: "nothing" | "begun" | Outcome["is"] = "nothing";
  effects = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  #isLucky(probability: number): boolean {
    return this.random() < probability;
  }

  hub(event: DeliveryEvent): void {
    const step = deliver(this.state, event, this.now);
    // Stopped before the step was durable: nothing of it happened.
    if (this.#isLucky(0.1)) return;
    this.state = step.state;
    if (step.effect?.is === "end" || step.effect?.is === "correct") this.said.push(step.effect.outcome.is);
    // Stopped after that and before it was sent.
    if (step.effect?.is === "send" && this.isConnected && !this.#isLucky(0.1)) this.toAgent++;
  }

  agent(): void {
    this.toAgent--;
    if (this.journal === "nothing") {
      if (this.now > NOT_AFTER_MS) this.journal = "refused";
      else {
        this.journal = "begun";
        if (this.#isLucky(0.1)) return;
        this.effects++;
        if (this.#isLucky(0.1)) return;
        this.journal = this.#isLucky(0.8) ? "succeeded" : "failed";
      }
    }
    if (this.journal !== "begun") this.toHub.push(this.journal);
  }

  agentRestarts(): void {
    this.toAgent = 0;
    this.isConnected = false;
    // Settled by what is observed.
    if (this.journal === "begun") this.journal = this.effects > 0 ? "succeeded" : "failed";
  }

  step(): void {
    this.now += Math.floor(this.random() * 20_000);
    const choice = this.random();
    if (choice < 0.2) {
      this.isConnected = true;
      this.hub(this.mayAsk ? { is: "deliverable" } : { is: "forbidden", why: "demoted" });
      if (this.journal !== "nothing" && this.journal !== "begun") this.toHub.push(this.journal);
    } else if (choice < 0.5 && this.toAgent > 0) this.agent();
    else if (choice < 0.65 && this.toHub.length > 0) {
      const outcome = this.toHub.splice(Math.floor(this.random() * this.toHub.length), 1)[0]!;
      if (this.#isLucky(0.3)) this.toHub.push(outcome);
      if (!this.#isLucky(0.3)) this.hub({ is: "result", outcome: { is: outcome, detail: "" } });
    } else if (choice < 0.75) this.agentRestarts();
    else if (choice < 0.8) {
      this.isConnected = false;
      this.toAgent = 0;
      this.toHub.length = 0;
    } else if (choice < 0.83) this.mayAsk = false;
    else if (choice < 0.85) this.toAgent = Math.min(this.toAgent * 2, 8);
    else this.hub({ is: "time" });
  }

  /** Everything works again, for as long as it takes. */
  calm(): void {
    this.agentRestarts();
    if (this.journal !== "nothing") for (let tries = 0; tries < 200 && !this.isSettled; tries++) this.tell();
    for (let tries = 0; tries < 200 && this.state.is !== "ended"; tries++) {
      this.now += RESULT_WITHIN_MS;
      this.hub({ is: "time" });
    }
  }
  get isSettled(): boolean {
    return this.state.is === "ended" && this.state.by === "server";
  }
  tell(): void {
    if (this.journal !== "nothing" && this.journal !== "begun")
      this.hub({ is: "result", outcome: { is: this.journal, detail: "" } });
  }
}

test("[CM-10] [R10] random worlds: one effect at most, an end for all, and never a word that is not so", () => {
  let unknown = 0;
  const seeds = 20_000;
  for (let seed = 1; seed <= seeds; seed++) {
    const world = new World(seed);
    for (let steps = 0; steps < 40; steps++) world.step();
    world.calm();
    const why = `seed ${seed}: ${JSON.stringify({ said: world.said, journal: world.journal, effects: world.effects })}`;
    expect(world.effects, why).toBeLessThanOrEqual(1);
    expect(world.state.is, why).toBe("ended");
    const last = world.said.at(-1);
    if (last === "unknown") unknown++;
    // What the hub says in the end is what the server says, where that knows of it.
    if (world.journal !== "nothing") expect(last, why).toBe(world.journal);
    // What the hub called not done was not done.
    for (const word of world.said)
      if (word !== "unknown" && world.effects > 0 && world.journal === "succeeded") expect(word, why).toBe("succeeded");
    // Only a server that never had it leaves the hub not knowing.
    if (last === "unknown") expect(world.effects, why).toBe(0);
  }
  expect(unknown).toBeGreaterThan(0);
});
