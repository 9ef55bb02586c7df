import { CPU_MODES, PRESSURE_RESOURCES, PRESSURE_STALLS } from "@muster/core";
import type { ChartMember } from "./chart-spec.ts";
import type { LiveRing } from "./live-ring.ts";
import { seriesKey } from "./series-key.ts";
import type { Labels } from "./series-key.ts";

/** What one query answered. Point i covers [from + i·stepMs, from + (i+1)·stepMs). */
export interface History {
  readonly metric: string;
  /** Present where it is the least or the greatest of each step instead of the mean. */
  readonly edge?: "low" | "high";
  readonly from: number;
  readonly stepMs: number;
  readonly series: readonly { readonly labels: Labels; readonly values: readonly (number | null)[] }[];
}

export interface FrameSeries {
  readonly key: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly mirrored: boolean;
  /** As long as the frame's times; null is a gap. Mirrored values are positive here. */
  readonly values: readonly (number | null)[];
  /** The least and the greatest of each step, where a step spans several readings; null where only the value is known. */
  readonly band?: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] };
}

/** Everything a chart draws: one list of times, and a column for each series. */
export interface ChartFrame {
  /** Epoch milliseconds, rising. */
  readonly times: readonly number[];
  readonly series: readonly FrameSeries[];
}

/** Sets the edges of a band apart from the series itself; JSON escapes it, so no key holds it. */
const EDGE_MARK = "\u0000";

interface Column {
  readonly metric: string;
  readonly labels: Labels;
  readonly values: (number | null)[];
}

/**
 * Joins what the hub stored and what came live since. Live points follow the last stored bucket that has a value, so
 * that no reading counts twice; where two neighbours lie further apart than `gapMs`, an empty point between them
 * keeps the line from crossing the hole.
 */
export function joinFrame(
  members: readonly ChartMember[],
  histories: readonly History[],
  ring: LiveRing | undefined,
  gapMs: number,
): ChartFrame {
  const wanted = new Map(members.map((member) => [member.metric, member]));
  const columns = new Map<string, Column>();
  const times: number[] = [];
  const grid = gridOf(histories);
  for (let time = grid.from; time < grid.until; time += grid.stepMs) times.push(time);
  for (const history of histories) {
    const offset = Math.round((history.from - grid.from) / grid.stepMs);
    for (const series of history.series) {
      const values: (number | null)[] = Array.from({ length: times.length }, () => null);
      for (const [index, value] of series.values.entries()) {
        if (index + offset < values.length) values[index + offset] = value;
      }
      const key = seriesKey(history.metric, series.labels) + (history.edge ? EDGE_MARK + history.edge : "");
      columns.set(key, { metric: history.metric, labels: series.labels, values });
    }
  }
  dropEmptyEnd(times, columns);
  if (ring) appendLive(times, columns, ring, wanted, grid.stepMs, gapMs);
  dropSmallHoles(times, columns, gapMs);
  const order = members.map((member) => member.metric);
  const series = [...columns]
    .filter(([key]) => !key.includes(EDGE_MARK))
    .map(([key, column]): FrameSeries => {
      const low = columns.get(`${key}${EDGE_MARK}low`)?.values;
      const high = columns.get(`${key}${EDGE_MARK}high`)?.values;
      const mirrored = wanted.get(column.metric)?.mirrored ?? false;
      return { key, ...column, mirrored, ...(low && high ? { band: { low, high } } : {}) };
    })
    .toSorted((a, b) => order.indexOf(a.metric) - order.indexOf(b.metric) || compareLabels(a.labels, b.labels));
  return { times, series };
}

function gridOf(histories: readonly History[]): { from: number; until: number; stepMs: number } {
  const stepMs = histories[0]?.stepMs ?? 1_000;
  let from = Number.POSITIVE_INFINITY;
  let until = Number.NEGATIVE_INFINITY;
  for (const history of histories) {
    const count = Math.max(0, ...history.series.map((series) => series.values.length));
    from = Math.min(from, history.from);
    until = Math.max(until, history.from + count * stepMs);
  }
  return { from, until, stepMs };
}

/** The last buckets are empty while their time has not come or nothing was heard; live points may know better. */
function dropEmptyEnd(times: number[], columns: ReadonlyMap<string, Column>): void {
  let length = times.length;
  const all = [...columns.values()];
  while (length > 0 && all.every((column) => column.values[length - 1] === null)) length--;
  times.length = length;
  for (const column of all) column.values.length = length;
}

/** An empty bucket between two full ones that are close is jitter; without it the pointer always finds a value. */
function dropSmallHoles(times: number[], columns: ReadonlyMap<string, Column>, gapMs: number): void {
  const all = [...columns.values()];
  const isFull = times.map((_time, index) => all.some((column) => column.values[index] !== null));
  const full = times.filter((_time, index) => isFull[index]);
  let next = 0;
  let write = 0;
  for (let read = 0; read < times.length; read++) {
    if (isFull[read]) next++;
    else if (next > 0 && next < full.length && full[next]! - full[next - 1]! <= gapMs) continue;
    times[write] = times[read]!;
    for (const column of all) column.values[write] = column.values[read]!;
    write++;
  }
  times.length = write;
  for (const column of all) column.values.length = write;
}

function appendLive(
  times: number[],
  columns: Map<string, Column>,
  ring: LiveRing,
  wanted: ReadonlyMap<string, ChartMember>,
  stepMs: number,
  gapMs: number,
): void {
  const heads = ring.heads.filter((head) => wanted.has(head.metric));
  const sources = heads.map((head) => {
    const key = seriesKey(head.metric, head.labels);
    let column = columns.get(key);
    if (!column) {
      column = { metric: head.metric, labels: head.labels, values: times.map(() => null) };
      columns.set(key, column);
    }
    return { key, column, live: ring.column(key) };
  });
  const after = times.length > 0 ? times.at(-1)! + stepMs : Number.NEGATIVE_INFINITY;
  for (const [index, time] of ring.times.entries()) {
    if (time < after) continue;
    // A first reading of a counter has no rate yet; it must not tear a hole between the stored and the live.
    if (sources.every((source) => (source.live?.[index] ?? null) === null)) continue;
    const last = times.at(-1);
    if (last !== undefined && time - last > gapMs + (last < after ? stepMs : 0)) {
      times.push((last + time) / 2);
      for (const column of columns.values()) column.values.push(null);
    }
    times.push(time);
    for (const column of columns.values()) column.values.push(null);
    for (const source of sources) source.column.values[times.length - 1] = source.live?.[index] ?? null;
  }
}

/** Labels whose values have an order of their own; others sort as people count. */
const KNOWN_ORDER: readonly string[] = [...CPU_MODES, ...PRESSURE_RESOURCES, ...PRESSURE_STALLS];

const rank = (labels: Labels): string =>
  Object.values(labels)
    .map((value) => {
      const place = KNOWN_ORDER.indexOf(value);
      return place === -1 ? value : String(place).padStart(2, "0");
    })
    .join("\n");

const natural = new Intl.Collator("en", { numeric: true });
const compareLabels = (a: Labels, b: Labels): number => natural.compare(rank(a), rank(b));
