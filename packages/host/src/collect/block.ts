import type { Labels, SampleSink } from "@muster/core";
import { labelsProblem, labelsText } from "@muster/core";

export interface Series {
  readonly metric: string;
  readonly labels: Labels;
}

/** How many series all blocks together may still add. */
export interface SeriesRoom {
  left: number;
}

const NO_LABELS: Labels = {};
/** Far below what any of these readings resolves, and a third of the bytes of a whole double. */
const FACTOR = 1e6;
/** A hundredth of a percent: a share of the ticks of ten seconds has no finer steps, and its noise would be kept for months. */
const SHARE_FACTOR = 1e4;
const factorOf = (metric: string): number => (/_ratio(?:_|$)/.test(metric) ? SHARE_FACTOR : FACTOR);

/** A series unseen for this many rounds of its collector leaves the layout when the layout changes anyway. */
const ABSENT_ROUNDS_MAX = 120;

/**
 * The series of one collector in a stable order, with the values of the newest round. Collectors put the same series in
 * the same order nearly always, so the place of a value is guessed first and looked up only when the guess is wrong.
 */
export class Block implements SampleSink {
  readonly #series: Series[] = [];
  readonly #absentRounds: number[] = [];
  readonly #factors: number[] = [];
  #places = new Map<string, number>();
  #values: (number | null)[] = [];
  #next = 0;
  #version = 0;
  #isOpen = false;
  readonly #room: SeriesRoom;

  constructor(room: SeriesRoom) {
    this.#room = room;
  }

  /** Grows whenever the set of series changes. */
  get version(): number {
    return this.#version;
  }

  get series(): readonly Series[] {
    return this.#series;
  }

  /** Values in the order of `series`; null for what was not read in this round. */
  get values(): readonly (number | null)[] {
    return this.#values;
  }

  /** Empties the values; opened for those whose collector runs now, so that a late one does not write into another round. */
  begin(isDue: boolean): void {
    this.#values.fill(null);
    this.#next = 0;
    this.#isOpen = isDue;
  }

  /** After a round: counts who was absent. A round that failed or was skipped is not counted. */
  commit(): void {
    for (let place = 0; place < this.#series.length; place++) {
      this.#absentRounds[place] = this.#values[place] === null ? (this.#absentRounds[place] ?? 0) + 1 : 0;
    }
  }

  /** Forgets the values of this round and takes no more: the collector failed or is late. */
  discard(): void {
    this.#values.fill(null);
    this.#isOpen = false;
  }

  gauge(metric: string, value: number, labels: Labels = NO_LABELS): void {
    this.#put(metric, value, labels);
  }

  counter(metric: string, total: number, labels: Labels = NO_LABELS): void {
    this.#put(metric, total, labels);
  }

  #put(metric: string, value: number, labels: Labels): void {
    if (!this.#isOpen || !Number.isFinite(value)) return;
    const guess = this.#series[this.#next];
    const isGuessed = guess !== undefined && guess.metric === metric && guess.labels === labels;
    const place = isGuessed ? this.#next : this.#placeOf(metric, labels);
    if (place === undefined) return;
    const factor = this.#factors[place] ?? FACTOR;
    this.#values[place] = Number.isInteger(value) ? value : Math.round(value * factor) / factor;
    this.#next = place + 1;
  }

  #placeOf(metric: string, labels: Labels): number | undefined {
    const key = `${metric}{${labelsText(labels)}}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (labelsProblem(labels) !== undefined) return undefined;
    this.#dropAbsent();
    if (this.#room.left <= 0) return undefined;
    this.#room.left--;
    const place = this.#series.length;
    this.#series.push({ metric, labels });
    this.#absentRounds.push(0);
    this.#factors.push(factorOf(metric));
    this.#values.push(null);
    this.#places.set(key, place);
    this.#version++;
    return place;
  }

  #dropAbsent(): void {
    if (!this.#absentRounds.some((rounds) => rounds > ABSENT_ROUNDS_MAX)) return;
    const kept = this.#series.flatMap((_, place) =>
      (this.#absentRounds[place] ?? 0) > ABSENT_ROUNDS_MAX && this.#values[place] === null ? [] : [place],
    );
    this.#room.left += this.#series.length - kept.length;
    const series = kept.map((place) => this.#series[place]!);
    const rounds = kept.map((place) => this.#absentRounds[place] ?? 0);
    this.#values = kept.map((place) => this.#values[place] ?? null);
    this.#series.splice(0, this.#series.length, ...series);
    this.#absentRounds.splice(0, this.#absentRounds.length, ...rounds);
    this.#factors.splice(0, this.#factors.length, ...series.map(({ metric }) => factorOf(metric)));
    this.#places = new Map(series.map(({ metric, labels }, place) => [`${metric}{${labelsText(labels)}}`, place]));
    this.#version++;
  }
}
