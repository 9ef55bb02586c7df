import type { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS, ROLL_UP_FIELDS } from "@muster/core";
import type { BlockReader, Instant } from "@muster/core";
import { unpackBlock } from "../block-bytes.ts";
import { bucketCount } from "../bucket-columns.ts";
import { CLOSED_MS, RAW } from "../schema.ts";
import type { Findings } from "./findings.ts";
import { unlessDamaged } from "./unless-damaged.ts";

/** What blocks hold in all. */
export interface BlockCounts {
  readonly blocks: number;
  /** Of whole blocks only. */
  readonly samples: number;
  /** As it is written beside them, damaged ones included. */
  readonly toldSamples: number;
}

/** Reads every sealed block, column by column, and compares it with what is written beside it. */
export class CheckBlocks {
  readonly #db: DatabaseSync;
  readonly #findings: Findings;
  /** By resolution and day, as the table `stock` should have it. */
  readonly stock = new Map<string, { samples: number; bytes: number }>();

  constructor(db: DatabaseSync, findings: Findings) {
    this.#db = db;
    this.#findings = findings;
  }

  run(): BlockCounts {
    let blocks = 0;
    let samples = 0;
    let toldSamples = 0;
    let before: { readonly key: string; readonly until: Instant } | undefined;
    const rows = this.#db.prepare(
      `SELECT id, server, resolution, start, until, samples, packed FROM block ORDER BY server, resolution, start`,
    );
    for (const row of rows.iterate()) {
      blocks++;
      const [resolution, start, until] = [row["resolution"], row["start"], row["until"]].map(Number) as [
        number,
        number,
        number,
      ];
      const place = `block ${Number(row["id"])}, server ${Number(row["server"])}, ${span(start, until)}`;
      if (resolution < 0) {
        this.#findings.add("block-set-aside", place);
        continue;
      }
      const packed = row["packed"] as Uint8Array;
      this.#count(resolution, start, Number(row["samples"]), packed.length);
      const key = `${Number(row["server"])} ${resolution}`;
      if (before?.key === key && start < before.until) this.#findings.add("block-overlap", place);
      before = { key, until };
      if (resolution === RAW) toldSamples += Number(row["samples"]);
      const held = this.#held(packed, resolution, place);
      if (held === undefined) continue;
      if (resolution === RAW) samples += held.count;
      // Before there were minutes, the hours of a day were counted as rows, whatever the number of its series.
      const isCounted = [held.count, ...(resolution === HOUR_MS ? [held.rowCount] : [])].includes(
        Number(row["samples"]),
      );
      if (!isCounted) this.#findings.add("block-miscounted", `${place}: ${held.count}`);
      if (held.first < start || held.last >= until) this.#findings.add("block-misplaced", place);
    }
    this.#closedHours();
    this.#fleetHours();
    return { blocks, samples, toldSamples };
  }

  #closedHours(): void {
    for (const row of this.#db.prepare("SELECT series, start, hours, packed FROM series_hours").iterate()) {
      const packed = row["packed"] as Uint8Array;
      const start = Number(row["start"]);
      const place = `hours of series ${Number(row["series"])}, ${span(start, start + CLOSED_MS)}`;
      this.#count(HOUR_MS, start, Number(row["hours"]), packed.length);
      const held = this.#read(packed, place, (reader) => ({
        count: valuesIn(reader.column(0)),
        first: reader.at[0] ?? NaN,
        last: reader.at.at(-1) ?? NaN,
        all: ROLL_UP_FIELDS.map((_, field) => reader.column(field)),
      }));
      if (held === undefined) continue;
      if (held.count !== Number(row["hours"])) this.#findings.add("block-miscounted", place);
      if (held.first < start || held.last >= start + CLOSED_MS) this.#findings.add("block-misplaced", place);
    }
  }

  /** They are made of the servers' own hours, so only whether they can be read matters. */
  #fleetHours(): void {
    for (const row of this.#db.prepare("SELECT hour, metric, packed FROM fleet_hours").iterate()) {
      const place = `hour ${new Date(Number(row["hour"])).toISOString()} of the fleet, ${String(row["metric"])}`;
      this.#read(row["packed"] as Uint8Array, place, (reader) => reader.keys().map((key) => reader.column(key)));
    }
  }

  #held(
    packed: Uint8Array,
    resolution: number,
    place: string,
  ):
    | { readonly count: number; readonly rowCount: number; readonly first: Instant; readonly last: Instant }
    | undefined {
    return this.#read(packed, place, (reader) => {
      const columns = new Map(reader.keys().map((key) => [key, reader.column(key) ?? new Float64Array()]));
      const count =
        resolution === RAW
          ? [...columns.values()].reduce((sum, column) => sum + valuesIn(column), 0)
          : bucketCount({ at: reader.at, columns });
      return { count, rowCount: reader.at.length, first: reader.at[0] ?? NaN, last: reader.at.at(-1) ?? NaN };
    });
  }

  #read<Held>(packed: Uint8Array, place: string, hold: (reader: BlockReader) => Held): Held | undefined {
    const held = unlessDamaged(() => hold(unpackBlock(packed)));
    if (held === undefined) this.#findings.add("block-damaged", place);
    return held;
  }

  #count(resolution: number, start: Instant, samples: number, bytes: number): void {
    const key = `${resolution} ${Math.floor(start / DAY_MS)}`;
    const day = this.stock.get(key) ?? { samples: 0, bytes: 0 };
    this.stock.set(key, { samples: day.samples + samples, bytes: day.bytes + bytes });
  }
}

const valuesIn = (column: Float64Array | undefined): number =>
  column?.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0) ?? 0;

const span = (start: Instant, until: Instant): string =>
  `${new Date(start).toISOString()} to ${new Date(until).toISOString()}`;
