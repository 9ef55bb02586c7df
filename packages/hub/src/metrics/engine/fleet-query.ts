import type { DatabaseSync } from "node:sqlite";
import { bucketFold, HOUR_MS, isMusterError, ROLL_UP_FIELDS, stepCount } from "@muster/core";
import type { BucketFold, Instant, RollUpField, StepFunction, TimeRange } from "@muster/core";
import { hasBand } from "../line-collector.ts";
import type { LinePart, SeriesLine } from "../line-collector.ts";
import type { Query, Selection } from "../metric-store.ts";
import { matchesLabels } from "../series-order.ts";
import { unpackBlock } from "./block-bytes.ts";
import { isGathered, stretchOf } from "./fleet-hours.ts";
import type { Member, MetricMembers } from "./metric-members.ts";
import type { Look } from "./sample-scan.ts";

const NONE = new Float64Array();

/** Answers combined lines from hours that lie side by side for all servers. */
export class FleetQuery {
  readonly #selectMarks;
  readonly #selectHour;
  readonly #members: MetricMembers;

  constructor(db: DatabaseSync, members: MetricMembers) {
    this.#selectMarks = db.prepare("SELECT start FROM fleet_stretch WHERE start >= ? AND start < ?");
    this.#selectHour = db.prepare("SELECT packed FROM fleet_hours WHERE hour = ? AND metric = ?");
    this.#members = members;
  }

  /**
   * The parts of a query's range whose steps are made of gathered hours alone, ascending, each of whole steps; empty
   * when the query wants something else than combined hours.
   */
  parts({ range, stepMs, combine, select }: Query): readonly TimeRange[] {
    const isMadeOfHours = combine !== undefined && stepMs % HOUR_MS === 0 && range.from % HOUR_MS === 0;
    if (!isMadeOfHours || !select.every(({ metric, step }) => isGathered(metric, step))) return [];
    const marks = this.#selectMarks.all(stretchOf(range.from), range.until);
    const marked = new Set(marks.map((row) => Number(row["start"])));
    const parts: { from: Instant; until: Instant }[] = [];
    for (let from = range.from; from + stepMs <= range.until; from += stepMs) {
      let hour = from;
      while (hour < from + stepMs && marked.has(stretchOf(hour))) hour += HOUR_MS;
      if (hour < from + stepMs) continue;
      const last = parts.at(-1);
      if (last?.until === from) last.until = from + stepMs;
      else parts.push({ from, until: from + stepMs });
    }
    return parts;
  }

  /** The lines of one of the parts; undefined when a row of it is damaged, which the servers' own hours can replace. */
  lines(query: Query, part: LinePart, look: Look): readonly SeriesLine[] | undefined {
    const wanted = new Set(query.serverIds);
    try {
      return query.select.flatMap((asked, selection) => {
        const members = this.#members
          .of(asked.metric)
          .all.filter(({ serverId, labels }) => wanted.has(serverId) && matchesLabels(labels, asked.match));
        return members.length === 0 ? [] : this.#fold(query, selection, asked, members, part, look);
      });
    } catch (error) {
      if (isMusterError(error, "DATABASE_DAMAGED")) return undefined;
      throw error;
    }
  }

  /** Hour by hour, then the lines of all series. */
  #fold(
    query: Query,
    selection: number,
    asked: Selection,
    members: readonly Member[],
    { range }: LinePart,
    look: Look,
  ): readonly SeriesLine[] {
    const { stepMs } = query;
    const steps: readonly StepFunction[] = hasBand(query, asked) ? [asked.step, "min", "max"] : [asked.step];
    const points = stepCount(range, stepMs);
    // By member, then by what is asked: values, and the two edges of the band.
    const columns = members.map(() => steps.map(() => new Float64Array(points).fill(NaN)));
    const hasAny = new Uint8Array(members.length);
    for (let point = 0; point < points; point++) {
      const folds = steps.map((step) => bucketFold(step, members.length));
      const from = range.from + point * stepMs;
      for (let hour = from; hour < from + stepMs; hour += HOUR_MS) {
        this.#addHour(hour, asked.metric, members, folds, hasAny, look);
      }
      for (const [place, fold] of folds.entries()) {
        for (const [member, value] of fold.finish().entries()) {
          const column = columns[member]?.[place];
          if (column !== undefined) column[point] = value;
        }
      }
    }
    return members.flatMap(({ serverId, labels, labelsText }, member) => {
      if (hasAny[member] === 0) return [];
      const [values = NONE, min, max] = columns[member] ?? [];
      const line = { selection, serverId, labels, labelsText, resolutionMs: HOUR_MS };
      return [{ ...line, values, ...(min && max && { min, max }) }];
    });
  }

  #addHour(
    hour: Instant,
    metric: string,
    members: readonly Member[],
    folds: readonly BucketFold[],
    hasAny: Uint8Array,
    look: Look,
  ): void {
    const packed = this.#selectHour.get(hour, metric)?.["packed"];
    if (packed === undefined) return;
    const block = unpackBlock(packed as Uint8Array);
    look(block.at.length);
    const start = new Float64Array(block.at.length).fill(hour);
    const field = (name: RollUpField): Float64Array => block.column(ROLL_UP_FIELDS.indexOf(name)) ?? NONE;
    const takes = folds.map((fold) => fold.reading({ start, field }));
    let row = 0;
    for (const [member, { series }] of members.entries()) {
      while ((block.at[row] ?? Infinity) < series) row++;
      if (block.at[row] !== series) continue;
      hasAny[member] = 1;
      for (const take of takes) take(member, row);
    }
  }
}
