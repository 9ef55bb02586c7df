/**
 * Places of values that no line reaches, because nothing is known nearer than `gap` on either side; null when there
 * are none. `times` rise and have the unit of `gap`; only places from `first` to `last` are looked at.
 */
export function lonePoints(
  times: ArrayLike<number>,
  values: ArrayLike<number | null | undefined>,
  gap: number,
  first = 0,
  last = times.length - 1,
): number[] | null {
  const lone: number[] = [];
  let before = Number.NEGATIVE_INFINITY;
  let place: number | undefined;
  for (let index = first; index <= last; index++) {
    if (values[index] === null || values[index] === undefined) continue;
    const time = times[index]!;
    if (place !== undefined && times[place]! - before > gap && time - times[place]! > gap) lone.push(place);
    before = place === undefined ? before : times[place]!;
    place = index;
  }
  if (place !== undefined && times[place]! - before > gap) lone.push(place);
  return lone.length === 0 ? null : lone;
}
