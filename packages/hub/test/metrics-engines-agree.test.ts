import { randomInt } from "node:crypto";
import { STEP_FUNCTIONS } from "@muster/core";
import { FakeClock, seededRandom, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import type { MetricStore, SeriesId } from "../src/metrics/metric-store.ts";

const LIMITS = { retentionMs: 3_600_000, futureSkewMs: 60_000, seriesPerServerMax: 12 };
const SERVERS = ["alpha", "beta", "gamma"];
const ROUNDS = 400;
const NEVER = new AbortController().signal;

/** One world, told to every store; what they answer must be equal. */
class TwinStores {
  readonly clock = new FakeClock();
  readonly #stores: readonly MetricStore[];
  readonly #random: () => number;
  /** Per store: the ids in the order in which they were asked, because engines number differently. */
  readonly #ids = new Map<string, readonly (SeriesId | undefined)[][]>();

  constructor(stores: readonly MetricStore[], random: () => number) {
    this.#stores = stores;
    this.#random = random;
  }

  async step(): Promise<void> {
    const serverId = this.#pick(SERVERS);
    const chance = this.#random();
    if (chance < 0.1 || !this.#ids.has(serverId)) await this.#register(serverId);
    else if (chance < 0.7) await this.#append(serverId);
    else if (chance < 0.72) await this.#agree((store) => store.deleteServer(serverId));
    else if (chance < 0.75) await this.#agree((store) => store.settleBelow(serverId, this.#below(30)));
    else if (chance < 0.8) await this.#dropOld();
    else if (chance < 0.95) await this.#query();
    else await this.#agree((store) => store.latest(serverId, this.clock.now() - 300_000));
    await this.#agree((store) => store.receipts(serverId));
    await this.#agree(async (store) => (await store.size()).sampleCount);
    await this.clock.advance(this.#below(20_000));
  }

  /** When a silent series goes is each engine's own affair, so its id is asked for anew. */
  async #dropOld(): Promise<void> {
    await this.#agree((store) => store.dropBefore(this.clock.now() - 600_000));
    this.#ids.clear();
  }

  async #register(serverId: string): Promise<void> {
    const descriptions = Array.from({ length: this.#below(8) + 1 }, () => ({
      metric: `m${this.#below(3)}`,
      labels: this.#random() < 0.5 ? {} : { device: `d${this.#below(3)}` },
    }));
    const ids = await Promise.all(this.#stores.map((store) => store.series(serverId, descriptions)));
    this.#ids.set(
      serverId,
      ids.map((list) => [...list]),
    );
  }

  async #append(serverId: string): Promise<void> {
    const ids = this.#ids.get(serverId) ?? [];
    const width = ids[0]?.length ?? 0;
    const chosen = Array.from({ length: width }, (_, index) => index).filter(() => this.#random() < 0.8);
    const rows = Array.from({ length: this.#below(4) + 1 }, () => ({
      at: this.clock.now() - this.#below(40) * 5_000 + (this.#random() < 0.02 ? 1e7 : 0),
      values: Float64Array.from(chosen, () => (this.#random() < 0.2 ? NaN : this.#below(1_000))),
    }));
    const seq = this.#below(60);
    const receipt = this.#random() < 0.5 ? { receipt: { stream: serverId, seq } } : {};
    await this.#agree((store, index) =>
      store.append({ serverId, series: chosen.map((column) => ids[index]?.[column] ?? -1), rows, ...receipt }),
    );
  }

  async #query(): Promise<void> {
    const from = this.clock.now() - this.#below(600_000);
    const query = {
      serverIds: SERVERS.filter(() => this.#random() < 0.7),
      metric: `m${this.#below(3)}`,
      match: this.#random() < 0.3 ? { device: "d1" } : {},
      range: { from, until: from + this.#below(400_000) },
      stepMs: this.#below(30_000) + 1_000,
      step: this.#pick(STEP_FUNCTIONS),
      pointsMax: 10_000,
    };
    await this.#agree((store) => store.query(query, NEVER));
  }

  async #agree<Answer>(ask: (store: MetricStore, index: number) => Promise<Answer>): Promise<void> {
    // The random numbers of an argument are drawn once, so that every store is asked the same.
    const drawn: number[] = [];
    const answers: Answer[] = [];
    for (const [index, store] of this.#stores.entries()) {
      let next = 0;
      this.#replay = () => (drawn[next++] ??= this.#random());
      answers.push(await ask(store, index));
    }
    this.#replay = undefined;
    for (const answer of answers.slice(1)) expect(answer).toEqual(answers[0]);
  }

  #replay: (() => number) | undefined;
  #below = (end: number): number => Math.floor((this.#replay ?? this.#random)() * end);
  #pick = <T>(list: readonly T[]): T => list[this.#below(list.length)] as T;
}

test("[ST32] every engine answers a random world alike", { timeout: 60_000 }, async () => {
  const seed = Number(process.env["MUSTER_SEED"] ?? randomInt(1_000_000));
  await using directory = await temporaryDirectory("metrics-twins");
  const random = seededRandom(seed);
  const stores: MetricStore[] = [];
  const twins = new TwinStores(stores, random);
  const deps = { clock: twins.clock };
  stores.push(await createMetricStore({ kind: "memory", ...LIMITS }, deps));
  stores.push(await createMetricStore({ kind: "sqlite", path: directory.file("metrics.db"), ...LIMITS }, deps));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await twins.step().catch((error: unknown) => {
        throw new Error(`round ${round}, replay with MUSTER_SEED=${seed}`, { cause: error });
      });
    }
  } finally {
    for (const store of stores) await store.close();
  }
});
