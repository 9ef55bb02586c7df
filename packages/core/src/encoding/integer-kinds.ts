/** So many neighbours share one width; a spike makes no more of them wide. */
export const NUMBERS_PER_GROUP = 32;
export const WIDTH_BITS = 6;
/** Numbers of at most so many bits are packed and unpacked in one go. */
export const RUN_BITS_MAX = 24;

/**
 * What is kept of the numbers. Flat: less the least of them. Growth: the difference to the one before, less the least
 * difference. Change: that difference with its sign. Bend: the difference of differences with its sign.
 */
export const FLAT = 0;
export const GROWTH = 1;
export const CHANGE = 2;
export const BEND = 3;

/**
 * Added to what is kept, where each number is the code of its width and the bits below its highest one; otherwise they
 * lie in groups. Most columns have many small numbers and some large ones, which a common width does not suit.
 */
export const CODED = 4;
/** Fewer numbers are not worth telling the codes. */
export const CODED_NUMBERS_MIN = 64;
