import { SERIES_PER_HOST, SET_START, endOf, metricsOf } from "./fleet.ts";
import type { DataSet } from "./fleet.ts";
import { serverName } from "./open-muster.ts";
import type { OpenMuster } from "./open-muster.ts";
import type { HostBatch } from "./sample-file.ts";

const SERIES_COUNT = 40;

/** Keeps what some series were given, and compares it with what the store gives back. */
export class ReadBack {
  readonly #set: DataSet;
  /** Instants and values one after the other, by host and the place of the series. */
  readonly #given = new Map<number, { readonly place: number; readonly numbers: number[] }>();

  /** Some forty hosts spread over the set, each with another of its series. */
  constructor(set: DataSet) {
    this.#set = set;
    const count = Math.min(SERIES_COUNT, set.hosts);
    for (let index = 0; index < count; index++) {
      const host = Math.floor(((index + 0.5) * set.hosts) / count);
      this.#given.set(host, { place: (index * 7) % SERIES_PER_HOST, numbers: [] });
    }
  }

  note({ host, rows }: HostBatch): void {
    const given = this.#given.get(host);
    if (given === undefined) return;
    for (const { at, values } of rows) {
      const value = values[given.place]!;
      if (!Number.isNaN(value)) given.numbers.push(at, value);
    }
  }

  /** Answers how many samples were compared; throws at the first that is not the same to the last bit. */
  async compare({ store }: OpenMuster): Promise<number> {
    let compared = 0;
    for (const [host, { place, numbers }] of this.#given) {
      const metric = metricsOf(this.#set, host)[place]!;
      const request = {
        serverIds: [serverName(host)],
        metrics: [metric],
        match: {},
        range: { from: SET_START, until: endOf(this.#set) },
      };
      const got: number[] = [];
      for await (const { columns } of store.samples(request, new AbortController().signal)) {
        for (const { at, values } of columns) at.forEach((instant, index) => got.push(instant, values[index]!));
      }
      const isSame = got.length === numbers.length && got.every((number, index) => Object.is(number, numbers[index]));
      if (!isSame) throw new Error(`${metric} of host ${host} came back other than it was given`);
      compared += numbers.length / 2;
    }
    return compared;
  }
}
