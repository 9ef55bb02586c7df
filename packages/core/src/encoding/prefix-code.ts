import { damaged } from "./damaged.ts";

/** Widths go from 0 to 32 bits. */
export const WIDTHS = 33;
/** How many bits the length of a code takes in a column. */
export const CODE_LENGTH_BITS = 4;
/** No code is longer, so that one look into a small table reads any of them. */
export const CODE_BITS_MAX = 10;
/** A rarer width counts as if it were so many times as frequent; with that no code passes `CODE_BITS_MAX`. */
const RAREST_SHARE = 1 / 64;

/**
 * The length of the code of each width, 0 for one that does not occur: a frequent one is shorter (after Huffman, "A method
 * for the construction of minimum-redundancy codes", 1952). At least one count must not be 0.
 */
export function codeLengthsOf(counts: ArrayLike<number>): Uint8Array {
  const lengths = new Uint8Array(WIDTHS);
  let total = 0;
  for (let width = 0; width < WIDTHS; width++) total += counts[width] ?? 0;
  const groups: { weight: number; readonly widths: readonly number[] }[] = [];
  for (let width = 0; width < WIDTHS; width++) {
    const count = counts[width] ?? 0;
    if (count > 0) groups.push({ weight: Math.max(count, total * RAREST_SHARE), widths: [width] });
  }
  const [only] = groups;
  if (only !== undefined && groups.length === 1) lengths[only.widths[0] ?? 0] = 1;
  while (groups.length > 1) {
    groups.sort((left, right) => right.weight - left.weight);
    const [one, other] = [groups.pop(), groups.pop()];
    if (one === undefined || other === undefined) break;
    const widths = [...one.widths, ...other.widths];
    for (const width of widths) lengths[width] = (lengths[width] ?? 0) + 1;
    groups.push({ weight: one.weight + other.weight, widths });
  }
  return lengths;
}

/**
 * The code of each width, its first bit lowest: those of one length ascend with the width, and come after all shorter
 * ones. Throws DATABASE_DAMAGED for lengths that no such codes have.
 */
export function codesOf(lengths: Uint8Array): Uint16Array {
  const counts = new Uint16Array(CODE_BITS_MAX + 1);
  for (let width = 0; width < lengths.length; width++) {
    const length = lengths[width] ?? 0;
    if (length > CODE_BITS_MAX) throw damaged(`A column has codes of ${length} bits.`);
    counts[length] = (counts[length] ?? 0) + 1;
  }
  const next = new Uint16Array(CODE_BITS_MAX + 1);
  for (let length = 2; length <= CODE_BITS_MAX; length++) {
    next[length] = ((next[length - 1] ?? 0) + (counts[length - 1] ?? 0)) * 2;
  }
  const codes = new Uint16Array(WIDTHS);
  for (let width = 0; width < lengths.length; width++) {
    const length = lengths[width] ?? 0;
    if (length === 0) continue;
    const code = next[length] ?? 0;
    if (code >= 1 << length) throw damaged("A column has codes that do not fit.");
    codes[width] = reversed(code, length);
    next[length] = code + 1;
  }
  return codes;
}

/**
 * By the next bits of a column, as many as the longest code has: the width that they begin with times 16, and the length
 * of its code; 0 where there is none. Throws DATABASE_DAMAGED for lengths that no codes have.
 */
export function codeTableOf(lengths: Uint8Array): { readonly table: Uint16Array; readonly bits: number } {
  const codes = codesOf(lengths);
  let bits = 0;
  for (let width = 0; width < lengths.length; width++) bits = Math.max(bits, lengths[width] ?? 0);
  const table = new Uint16Array(1 << bits);
  for (let width = 0; width < lengths.length; width++) {
    const length = lengths[width] ?? 0;
    if (length === 0) continue;
    for (let place = codes[width] ?? 0; place < table.length; place += 1 << length) {
      table[place] = (width << CODE_LENGTH_BITS) | length;
    }
  }
  return { table, bits };
}

function reversed(code: number, length: number): number {
  let back = 0;
  for (let bit = 0; bit < length; bit++) back |= ((code >> bit) & 1) << (length - 1 - bit);
  return back;
}
