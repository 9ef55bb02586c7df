import type { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS, isCounterName, MINUTE_MS, ROLL_UP_FIELDS } from "@muster/core";
import type { Block, Instant, RollUpField, StepFunction } from "@muster/core";
import { packBlock } from "./block-bytes.ts";
import { readIfWhole } from "./block-rows.ts";
import type { BlockRows } from "./block-rows.ts";
import { bucketColumns, seriesOfKey } from "./bucket-columns.ts";

/** As long as what is sealed together, and from then on as long as servers take turns with sealing. */
const STRETCH_MS = 2 * HOUR_MS;
const SETTLED_AFTER_MS = 50 * MINUTE_MS;
/** Older ones are gathered no more: they are read server by server. */
const REACH_MS = 3 * DAY_MS;
/** With fewer, their own hours answer in milliseconds, and rows of so few numbers would be most of the file. */
const SERVERS_MIN = 50;
const SERVERS_PER_SLICE = 20;
const ROWS_PER_SLICE = 20;

/** What is gathered: more would be asked for by nobody who looks at a fleet. */
const FIELDS_OF_COUNTERS: readonly RollUpField[] = ["count", "increase", "spanMs"];
const FIELDS_OF_GAUGES: readonly RollUpField[] = ["count", "min", "max", "sum"];

/** Whether gathered hours can answer that function of a metric. */
export const isGathered = (metric: string, step: StepFunction): boolean =>
  step === "count" || (isCounterName(metric) ? step === "rate" : GAUGE_STEPS.includes(step));
const GAUGE_STEPS: readonly StepFunction[] = ["avg", "min", "max", "sum"];

/** Hours of one metric, one number a series in each column. */
interface Gathered {
  readonly series: number[];
  readonly names: readonly RollUpField[];
  readonly fields: readonly number[][];
}

/** A stretch of time that is being gathered, and how far that is. */
interface Progress {
  readonly start: Instant;
  after: number;
  /** By hour, then by metric. */
  readonly hours: ReadonlyMap<Instant, Map<string, Gathered>>;
  readonly waiting: { readonly hour: Instant; readonly metric: string; readonly of: Gathered }[];
}

/**
 * Keeps the hours of one metric of all servers side by side, so that a look at the whole fleet reads a row an hour and
 * not one of each server. They are made of the servers' own hours and say nothing that those do not; what changes later
 * takes away the mark of its stretch until it is gathered anew.
 */
export class FleetHours {
  readonly #blocks: BlockRows;
  readonly #selectMarks;
  readonly #countServers;
  readonly #nextServers;
  readonly #selectMetrics;
  readonly #replace;
  readonly #mark;
  readonly #unmark;
  readonly #deleteBefore;
  readonly #unmarkBefore;
  #progress: Progress | undefined;
  /** No stretch that ends later is marked or being gathered. */
  #markedUntil = Number.NEGATIVE_INFINITY;
  #isWaiting = false;

  constructor(db: DatabaseSync, blocks: BlockRows) {
    this.#blocks = blocks;
    this.#selectMarks = db.prepare("SELECT start FROM fleet_stretch WHERE start >= ?");
    this.#countServers = db.prepare("SELECT count(*) AS servers FROM server WHERE name IS NOT NULL");
    this.#nextServers = db.prepare("SELECT id FROM server WHERE id > ? AND name IS NOT NULL ORDER BY id LIMIT ?");
    this.#selectMetrics = db.prepare("SELECT id, metric FROM series WHERE server = ?");
    this.#replace = db.prepare("INSERT OR REPLACE INTO fleet_hours (hour, metric, packed) VALUES (?, ?, ?)");
    this.#mark = db.prepare("INSERT OR IGNORE INTO fleet_stretch (start) VALUES (?)");
    this.#unmark = db.prepare("DELETE FROM fleet_stretch WHERE start = ?");
    this.#deleteBefore = db.prepare("DELETE FROM fleet_hours WHERE hour < ?");
    const newest = db.prepare("SELECT max(start) AS start FROM fleet_stretch").get()?.["start"];
    if (typeof newest === "number") this.#markedUntil = newest + STRETCH_MS;
    this.#unmarkBefore = db.prepare("DELETE FROM fleet_stretch WHERE start < ?");
  }

  /** A round of sealing begins: what came before it is sealed when something is gathered next. */
  beginRound(): void {
    this.#isWaiting = false;
  }

  /** Does some of what is to be gathered; false when there is nothing, or when rows came that are to be sealed first. */
  slice(now: Instant): boolean {
    if (this.#isWaiting) return false;
    this.#progress ??= this.#next(now);
    const progress = this.#progress;
    if (progress === undefined) return false;
    if (progress.waiting.length > 0) this.#write(progress);
    else this.#gather(progress);
    return true;
  }

  /** Rows of some server came; what they belong to is to be gathered anew. */
  noteRows(at: Float64Array): void {
    if (at.every((instant) => instant >= this.#markedUntil)) return;
    this.forget(at);
    this.#isWaiting = true;
  }

  /** Takes away the marks of the stretches that hold these instants. */
  forget(instants: Iterable<Instant>): void {
    for (const start of new Set([...instants].map(stretchOf))) {
      this.#unmark.run(start);
      if (this.#progress?.start === start) this.#progress = undefined;
    }
  }

  drop(before: Instant): void {
    this.#unmarkBefore.run(before);
    this.#deleteBefore.run(before);
  }

  /** After a rollback. */
  restart(): void {
    this.#progress = undefined;
  }

  #next(now: Instant): Progress | undefined {
    if (Number(this.#countServers.get()?.["servers"]) < SERVERS_MIN) return undefined;
    const newest = stretchOf(now - STRETCH_MS - SETTLED_AFTER_MS);
    const oldest = stretchOf(now - REACH_MS);
    const marked = new Set(this.#selectMarks.all(oldest).map((row) => Number(row["start"])));
    for (let start = newest; start >= oldest; start -= STRETCH_MS) {
      if (marked.has(start)) continue;
      this.#markedUntil = Math.max(this.#markedUntil, start + STRETCH_MS);
      const hours = new Map([start, start + HOUR_MS].map((hour) => [hour, new Map<string, Gathered>()]));
      return { start, after: 0, hours, waiting: [] };
    }
    return undefined;
  }

  #gather(progress: Progress): void {
    const servers = this.#nextServers.all(progress.after, SERVERS_PER_SLICE).map((row) => Number(row["id"]));
    for (const server of servers) this.#gatherServer(server, progress);
    const last = servers.at(-1);
    if (last !== undefined) {
      progress.after = last;
      return;
    }
    for (const [hour, metrics] of progress.hours) {
      for (const [metric, of] of metrics) progress.waiting.push({ hour, metric, of });
    }
    if (progress.waiting.length === 0) this.#finish(progress);
  }

  #gatherServer(server: number, { start, hours }: Progress): void {
    const rows = this.#blocks.overlapping(server, HOUR_MS, { from: start, until: start + STRETCH_MS });
    // At the first start, days in which a server had nothing are gathered as well.
    if (rows.length === 0) return;
    const metricOf = new Map(
      this.#selectMetrics.all(server).map((row) => [Number(row["id"]), String(row["metric"])] as const),
    );
    for (const row of rows) {
      const block = readIfWhole(row);
      for (const series of new Set(block?.keys().map(seriesOfKey) ?? [])) {
        const metric = metricOf.get(series);
        if (block === undefined || metric === undefined) continue;
        const { field } = bucketColumns(block, series);
        const names = isCounterName(metric) ? FIELDS_OF_COUNTERS : FIELDS_OF_GAUGES;
        const columns = names.map((name) => field(name));
        for (const [hour, metrics] of hours) {
          const at = block.rowAt(hour);
          if (at < 0 || Number.isNaN(columns[0]?.[at] ?? NaN)) continue;
          let gathered = metrics.get(metric);
          if (gathered === undefined) {
            metrics.set(metric, (gathered = { series: [], names, fields: names.map(() => []) }));
          }
          gathered.series.push(series);
          for (const [index, column] of columns.entries()) gathered.fields[index]?.push(column[at] ?? NaN);
        }
      }
    }
  }

  #write(progress: Progress): void {
    for (const { hour, metric, of } of progress.waiting.splice(0, ROWS_PER_SLICE)) {
      this.#replace.run(hour, metric, packBlock(asBlock(of)));
    }
    if (progress.waiting.length === 0) this.#finish(progress);
  }

  #finish({ start }: Progress): void {
    this.#mark.run(start);
    this.#progress = undefined;
  }
}

/** Where the stretch begins that holds an instant. */
export const stretchOf = (at: Instant): Instant => Math.floor(at / STRETCH_MS) * STRETCH_MS;

/** Ids of series stand where a block of samples has its instants. */
function asBlock({ series, names, fields }: Gathered): Block {
  const order = [...series.keys()].sort((left, right) => (series[left] ?? 0) - (series[right] ?? 0));
  const columns = new Map<number, Float64Array>();
  for (const [index, values] of fields.entries()) {
    const column = Float64Array.from(order, (place) => values[place] ?? NaN);
    if (!column.every(Number.isNaN)) columns.set(ROLL_UP_FIELDS.indexOf(names[index] ?? "count"), column);
  }
  return { at: Float64Array.from(order, (place) => series[place] ?? NaN), columns };
}
