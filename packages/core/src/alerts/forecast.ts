/** A reading at an instant of whatever clock. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** Fewer points, or such as cover less than half of the time asked for, say nothing of what comes. */
const POINTS_MIN = 6;

/**
 * The straight line through some readings by least squares: how much it grows a millisecond; undefined where there are
 * too few of them, or they cover less than half of `windowMs`.
 */
export function slopeOf(points: readonly Point[], windowMs: number): number | undefined {
  const known = points.filter(({ value }) => Number.isFinite(value));
  const [first, last] = [known[0], known.at(-1)];
  if (known.length < POINTS_MIN || first === undefined || last === undefined) return undefined;
  if (last.atMs - first.atMs < windowMs / 2) return undefined;
  const meanAt = known.reduce((sum, { atMs }) => sum + (atMs - first.atMs), 0) / known.length;
  const mean = known.reduce((sum, { value }) => sum + value, 0) / known.length;
  let above = 0;
  let below = 0;
  for (const { atMs, value } of known) {
    const x = atMs - first.atMs - meanAt;
    above += x * (value - mean);
    below += x * x;
  }
  return below === 0 ? undefined : above / below;
}
