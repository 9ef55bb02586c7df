import { INTEGER_MAX } from "./integer-column.ts";

/** Values with more digits behind the point than this are kept as floats. */
export const DECIMALS_MAX = 12;

/**
 * The least number of decimals with which every value is a whole number divided by a power of ten, bit for bit;
 * undefined when there is none. Such values cost as little as whole numbers. None may be infinite; NaN is passed over.
 */
export function decimalsOf(values: Float64Array): number | undefined {
  let decimals = 0;
  let factor = 1;
  let most = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (Number.isNaN(value)) continue;
    // The sign of zero would be lost.
    if (value === 0 && Object.is(value, -0)) return undefined;
    most = Math.max(most, Math.abs(value));
    // More decimals than were enough for the values before are enough for them, too: it is the same fraction.
    while (Math.round(value * factor) / factor !== value) {
      decimals++;
      factor *= 10;
      if (decimals > DECIMALS_MAX || most * factor >= INTEGER_MAX) return undefined;
    }
  }
  return most * factor < INTEGER_MAX ? decimals : undefined;
}

/** The whole numbers that those values are, times ten to the power of `decimals`. */
export function scaleUp(values: Float64Array, decimals: number): Float64Array {
  const factor = 10 ** decimals;
  const scaled = new Float64Array(values.length);
  for (let index = 0; index < values.length; index++) {
    // Adding zero makes the -0 that rounding gives for small negative numbers an ordinary one.
    scaled[index] = Math.round((values[index] ?? 0) * factor) + 0;
  }
  return scaled;
}
