import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { seededRandom } from "@muster/testkit";

/**
 * How a column is told anew for another host. total: its growth is scaled. clock: its growth stays. level: scaled.
 * share: scaled, at most 1. ticks: a quotient of about 2,000 ticks of a processor in 10 s, rounded to six decimals as
 * the agent does; ticks are moved, the quotient is made and rounded again.
 */
type ColumnKind = "total" | "clock" | "level" | "share" | "ticks";

/** A recorded number is n · times / over with a whole n, which keeps pages, packets and decimals what they are. */
interface RecordedColumn {
  readonly metric: string;
  readonly kind: ColumnKind;
  readonly times: number;
  readonly over: number;
}

interface RecordedTrack {
  /** How many milliseconds each reading stood after its place on the grid. */
  readonly lateMs: readonly number[];
  /** Whole numbers, each less the one before; null where the collector did not run. */
  readonly columns: readonly (readonly (number | null)[])[];
}

interface Recording {
  readonly columns: readonly RecordedColumn[];
  readonly tracks: readonly RecordedTrack[];
}

const fixture = new URL("../../../fixtures/metrics/recorded-host.json.br", import.meta.url);
const recording = JSON.parse(brotliDecompressSync(readFileSync(fixture)).toString("utf8")) as Recording;
const { columns, tracks } = recording;

export const RECORDED_METRICS: readonly string[] = columns.map(({ metric }) => metric);

const TICKS = 2_000;
/** Rounds last 10 s give or take a few ticks; the nearest count that gives this quotient is taken. */
const TICK_SHIFTS = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6];

/** One host that replays the recording from a place and at a scale of its own. The same number gives the same history. */
export class RecordedHost {
  readonly #random;
  /** Between a half and two, so that as many hosts have finer steps as have coarser ones. */
  readonly #scale: number;
  readonly #counted: Float64Array;
  readonly #before = new Float64Array(columns.length);
  #track: number;
  #row: number;

  constructor(host: number) {
    this.#random = seededRandom(host * 7_919 + 17);
    this.#scale = 2 ** (2 * this.#random() - 1);
    this.#counted = Float64Array.from(columns, () => Math.floor(this.#random() * 1e7));
    this.#track = Math.floor(this.#random() * tracks.length);
    this.#row = 0;
    const skipped = Math.floor(this.#random() * tracks[this.#track]!.lateMs.length);
    for (let row = 0; row < skipped; row++) this.next();
  }

  /** The reading after one more step of 10 s; NaN where the collector had not run. */
  next(): { readonly lateMs: number; readonly values: Float64Array } {
    const track = tracks[this.#track]!;
    const row = this.#row;
    const values = new Float64Array(columns.length);
    for (let index = 0; index < columns.length; index++) values[index] = this.#value(index, track, row);
    const lateMs = Math.max(0, track.lateMs[row]!);
    if (++this.#row === track.lateMs.length) {
      this.#track = (this.#track + 1) % tracks.length;
      this.#row = 0;
      this.#before.fill(0);
    }
    return { lateMs, values };
  }

  #value(index: number, track: RecordedTrack, row: number): number {
    const { kind, times, over } = columns[index]!;
    const difference = track.columns[index]![row];
    if (difference === null || difference === undefined) return NaN;
    const recorded = this.#before[index]! + difference;
    // The first number of a track is where it stood, and no growth.
    const grown = this.#before[index] === 0 ? 0 : difference;
    this.#before[index] = recorded;
    switch (kind) {
      case "ticks":
        return this.#quotient(recorded / over);
      case "share":
        return Math.min(over, Math.round(recorded * this.#scale)) / over;
      case "level":
        return (Math.round(recorded * this.#scale) * times) / over;
      case "clock":
        return ((this.#counted[index]! += grown) * times) / over;
      case "total": {
        // A twentieth up or down, so that hosts that replay the same stretch differ in their growth as well.
        const scaled = Math.round(grown * this.#scale * (0.95 + 0.1 * this.#random()));
        return ((this.#counted[index]! += scaled) * times) / over;
      }
    }
  }

  #quotient(share: number): number {
    if (share === 0 || share === 1) return share;
    const isRoundedFrom = (ticks: number): boolean =>
      Math.abs(Math.round(share * ticks) / ticks - share) <= 0.000_000_5;
    const ticks = TICKS + (TICK_SHIFTS.find((shift) => isRoundedFrom(TICKS + shift)) ?? 0);
    const busy = Math.round(share * ticks);
    const moved = Math.round((this.#random() - 0.5) * 0.1 * busy);
    return Math.round((Math.min(ticks, busy + moved) / ticks) * 1e6) / 1e6;
  }
}
