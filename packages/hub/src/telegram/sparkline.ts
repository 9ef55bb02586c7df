const BLOCKS = "▁▂▃▄▅▆▇█";

/** Values from 0 to 1 as a row of blocks; a gap where there is none. */
export const sparkline = (values: Iterable<number>): string =>
  [...values]
    .map((value) =>
      Number.isFinite(value)
        ? BLOCKS[Math.min(BLOCKS.length - 1, Math.max(0, Math.floor(value * BLOCKS.length)))]
        : " ",
    )
    .join("");
