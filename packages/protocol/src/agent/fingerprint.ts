const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";
const WORDS = 6;
const BITS_PER_WORD = 11;

/**
 * Six short words that stand for the first 66 bits of a SHA-256, for comparing a key by eye: the agent prints them and
 * the hub shows them. A word is consonant-vowel-consonant-ending (4 + 2 + 4 + 1 bits).
 */
export function fingerprintWords(sha256: Uint8Array): string {
  const bitAt = (index: number): number => ((sha256[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
  const bits = (from: number, count: number): number => {
    let value = 0;
    for (let index = from; index < from + count; index++) value = value * 2 + bitAt(index);
    return value;
  };
  return Array.from({ length: WORDS }, (_, word) => {
    const at = word * BITS_PER_WORD;
    const ending = bits(at + 10, 1) === 1 ? "e" : "";
    return `${CONSONANTS[bits(at, 4)]}${VOWELS[bits(at + 4, 2)]}${CONSONANTS[bits(at + 6, 4)]}${ending}`;
  }).join(" ");
}
