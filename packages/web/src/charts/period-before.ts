import type { ChartMember } from "./chart-spec.ts";
import { inOrder, keyOf, ownerOf } from "./chart-frame.ts";
import type { ChartFrame, FrameSeries, History, Owner } from "./chart-frame.ts";

type Values = readonly (number | null)[];

/**
 * Lays the period before over a frame: each of its series gets what it had `shiftMs` earlier, at the same places of the
 * time axis. Where the frame ends earlier than that period, its times go on, and series that are gone since come back
 * with nothing but the past.
 */
export function withPeriodBefore(
  frame: ChartFrame,
  before: History,
  shiftMs: number,
  members: readonly ChartMember[],
  owner: Owner = "none",
): ChartFrame {
  const { stepMs } = before;
  const start = before.from + shiftMs;
  const count = Math.max(0, ...before.series.map((line) => line.values.length));
  const last = frame.times.at(-1) ?? Number.NEGATIVE_INFINITY;
  const grid = Array.from({ length: count }, (_, index) => start + index * stepMs).filter((time) => time > last);
  const times = [...frame.times, ...grid];
  const lines = new Map(
    before.series.map((line) => [
      keyOf({ ...line, owner: ownerOf(line, owner) }),
      { line, values: moved(line.values, times, start, stepMs) },
    ]),
  );
  const emptyEnd: Values = grid.map(() => null);
  const present = frame.series.map((series): FrameSeries => {
    const past = lines.get(series.key);
    lines.delete(series.key);
    return {
      ...series,
      values: [...series.values, ...emptyEnd],
      ...(series.band && {
        band: { low: [...series.band.low, ...emptyEnd], high: [...series.band.high, ...emptyEnd] },
      }),
      ...(past && { before: past.values }),
    };
  });
  const gone = [...lines].map(([key, { line, values }]): FrameSeries => {
    const { metric, labels } = line;
    const mirrored = members.some((member) => member.metric === metric && member.mirrored);
    return {
      key,
      metric,
      labels,
      owner: ownerOf(line, owner),
      mirrored,
      values: times.map(() => null),
      before: values,
    };
  });
  return { times, series: inOrder([...present, ...gone], members) };
}

/** The value of the step that each time falls into. */
const moved = (values: Values, times: readonly number[], start: number, stepMs: number): Values =>
  times.map((time) => values[Math.floor((time - start) / stepMs)] ?? null);

/** Sums at each time over the series of which something is known: the outline of a stacked period before. */
export function totalBefore(series: ChartFrame["series"]): Values | undefined {
  const known = series.flatMap(({ before }) => (before ? [before] : []));
  return known[0]?.map((_value, index) =>
    known.reduce<number | null>((sum, one) => {
      const value = one[index] ?? null;
      return value === null ? sum : (sum ?? 0) + value;
    }, null),
  );
}
