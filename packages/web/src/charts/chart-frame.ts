import { CPU_MODES, PRESSURE_RESOURCES, PRESSURE_STALLS } from "@muster/core";
import type { QueryAnswer, QueryLineView } from "@muster/protocol";
import type { ChartMember } from "./chart-spec.ts";
import type { LiveRing } from "./live-ring.ts";
import { seriesKey } from "./series-key.ts";
import type { Labels } from "./series-key.ts";

/** What one query answered: point i of a line covers [from + i·stepMs, from + (i+1)·stepMs). */
export type History = Pick<QueryAnswer, "from" | "to" | "stepMs"> & { readonly series: readonly HistoryLine[] };
type HistoryLine = Pick<QueryLineView, "metric" | "serverId" | "tag" | "labels" | "values" | "min" | "max">;

/** What tells lines of one metric and the same labels apart: nothing on the page of one server. */
export type Owner = "none" | "server" | "tag";

export interface FrameSeries {
  readonly key: string;
  readonly metric: string;
  readonly labels: Labels;
  /** The server's id, or the tag; empty where there is only one owner. */
  readonly owner: string;
  readonly mirrored: boolean;
  /** As long as the frame's times; null is a gap. Mirrored values are positive here. */
  readonly values: readonly (number | null)[];
  /** The least and the greatest of each step, where a step spans several readings; null where only the value is known. */
  readonly band?: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] };
  /** The same series in the period before, moved to now. */
  readonly before?: readonly (number | null)[];
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
  readonly owner: string;
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
  history: History | undefined,
  ring: LiveRing | undefined,
  gapMs: number,
  owner: Owner = "none",
): ChartFrame {
  const wanted = new Map(members.map((member) => [member.metric, member]));
  const columns = new Map<string, Column>();
  const times: number[] = [];
  const stepMs = history?.stepMs ?? 1_000;
  const count = Math.max(0, ...(history?.series ?? []).map((line) => line.values.length));
  for (let index = 0; index < count; index++) times.push((history?.from ?? 0) + index * stepMs);
  for (const line of history?.series ?? []) {
    const column = { metric: line.metric, owner: ownerOf(line, owner), labels: line.labels };
    const key = keyOf(column);
    columns.set(key, { ...column, values: [...line.values] });
    if (!line.min || !line.max) continue;
    columns.set(`${key}${EDGE_MARK}low`, { ...column, values: [...line.min] });
    columns.set(`${key}${EDGE_MARK}high`, { ...column, values: [...line.max] });
  }
  dropEmptyEnd(times, columns);
  if (ring) appendLive(times, columns, ring, wanted, stepMs, gapMs);
  dropSmallHoles(times, columns, gapMs);
  const series = [...columns]
    .filter(([key]) => !key.includes(EDGE_MARK))
    .map(([key, column]): FrameSeries => {
      const low = columns.get(`${key}${EDGE_MARK}low`)?.values;
      const high = columns.get(`${key}${EDGE_MARK}high`)?.values;
      const mirrored = wanted.get(column.metric)?.mirrored ?? false;
      return { key, ...column, mirrored, ...(low && high ? { band: { low, high } } : {}) };
    });
  return { times, series: inOrder(series, members) };
}

export const ownerOf = (line: HistoryLine, owner: Owner): string =>
  owner === "server" ? (line.serverId ?? "") : owner === "tag" ? (line.tag ?? "") : "";

/** The same text for the same series of the same owner. */
export const keyOf = (series: Pick<FrameSeries, "metric" | "labels" | "owner">): string =>
  series.owner === ""
    ? seriesKey(series.metric, series.labels)
    : `${series.owner} ${seriesKey(series.metric, series.labels)}`;

/** As the chart names its metrics, then by owner, then as people count. */
export function inOrder(series: readonly FrameSeries[], members: readonly ChartMember[]): readonly FrameSeries[] {
  const order = members.map((member) => member.metric);
  return series.toSorted(
    (a, b) =>
      order.indexOf(a.metric) - order.indexOf(b.metric) ||
      natural.compare(a.owner, b.owner) ||
      compareLabels(a.labels, b.labels),
  );
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
      column = { metric: head.metric, owner: "", labels: head.labels, values: times.map(() => null) };
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
