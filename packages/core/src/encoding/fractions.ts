/** With smaller denominators a float64 between 0 and 2^26 stands for one fraction only. */
const DENOMINATOR_MAX = 2 ** 26;
const NUMERATOR_MAX = 2 ** 47;

export interface Fractions {
  readonly numerators: Float64Array;
  readonly denominators: Float64Array;
}

/**
 * Values that are quotients of whole numbers, as such: shares of processor time, of memory, of a disk. As floats they
 * look like noise; above and below the line there are small numbers that move little. Undefined unless every quotient
 * gives its value bit for bit. All must be finite.
 */
export function fractionsOf(values: Float64Array): Fractions | undefined {
  const numerators = new Float64Array(values.length);
  const denominators = new Float64Array(values.length);
  let most = 1;
  for (let index = 0; index < values.length; index++) {
    const denominator = denominatorOf(values[index] ?? NaN);
    if (denominator === undefined) return undefined;
    denominators[index] = denominator;
    if (denominator > most) most = denominator;
  }
  for (let index = 0; index < values.length; index++) {
    // What was divided out is put back in: the total was about the same each time, and 500/1000 is not 1/2 to us.
    const denominator = denominators[index] ?? 1;
    const whole = denominator * Math.max(1, Math.round(most / denominator));
    denominators[index] = whole;
    numerators[index] = Math.round((values[index] ?? 0) * whole) + 0;
    if (Math.abs(numerators[index] ?? 0) > NUMERATOR_MAX) return undefined;
    if ((numerators[index] ?? 0) / whole !== values[index]) return undefined;
  }
  return { numerators, denominators };
}

/** The least one that gives this value; found by its continued fraction. */
function denominatorOf(value: number): number | undefined {
  if (Object.is(value, -0)) return undefined;
  const size = Math.abs(value);
  let before = 0;
  let denominator = 1;
  let rest = size;
  while (Math.round(size * denominator) / denominator !== size) {
    const fraction = rest - Math.floor(rest);
    if (fraction === 0) return undefined;
    rest = 1 / fraction;
    const next = Math.floor(rest) * denominator + before;
    before = denominator;
    denominator = next;
    if (!(denominator <= DENOMINATOR_MAX)) return undefined;
  }
  return denominator;
}
