import { INTEGER_MAX } from "./integer-column.ts";

/** Values with more digits behind the point than this are kept as floats. */
export const DECIMALS_MAX = 12;

/**
 * The least number of decimals with which every value is a whole number divided by a power of ten, bit for bit;
 * undefined when there is none. Such values cost as little as whole numbers. All must be finite.
 */
export function decimalsOf(values: Float64Array): number | undefined {
  let decimals = 0;
  let factor = 1;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    // The sign of zero would be lost.
    if (Object.is(value, -0) || Math.abs(value) * factor >= INTEGER_MAX) return undefined;
    // More decimals than were enough for the values before are enough for them, too: it is the same fraction.
    while (Math.round(value * factor) / factor !== value) {
      decimals++;
      factor *= 10;
      if (decimals > DECIMALS_MAX || Math.abs(value) * factor >= INTEGER_MAX) return undefined;
    }
  }
  for (let index = 0; index < values.length; index++) {
    if (Math.abs(values[index] ?? 0) * factor >= INTEGER_MAX) return undefined;
  }
  return decimals;
}

/** The whole numbers that those values are, times ten to the power of `decimals`. */
export function scaleUp(values: Float64Array, decimals: number): Float64Array {
  const factor = 10 ** decimals;
  // Adding zero makes the -0 that rounding gives for small negative numbers an ordinary one.
  return values.map((value) => Math.round(value * factor) + 0);
}
