import { BlockReader, encodeBlock } from "@muster/core";
import { expect, test } from "vitest";
import { ColumnCache } from "./column-cache.ts";
import type { BlockHead } from "./column-cache.ts";

const HEAD: BlockHead = { id: 1, server: 2, from: 0, until: 100, samples: 6, bytes: 50 };
const blockOf = (value: number, rows = 2): BlockReader => {
  const at = Float64Array.from({ length: rows }, (_, row) => row);
  return new BlockReader(encodeBlock({ at, columns: new Map([[7, at.map((row) => Math.sin(row) + value)]]) }));
};

test("[ST19] a series that was read is not read again, one that a block has not neither", () => {
  const cache = new ColumnCache();
  let reads = 0;
  const read = (): BlockReader => {
    reads++;
    return blockOf(5);
  };
  for (let round = 0; round < 3; round++) {
    expect(cache.get(HEAD, 7, read)?.column(7)).toEqual(blockOf(5).column(7));
    expect(cache.get(HEAD, 8, read)).toBeUndefined();
  }
  expect(reads).toBe(2);
});

test("[ST19] a block in the place of another one is read anew", () => {
  const cache = new ColumnCache();
  const changes: readonly Partial<BlockHead>[] = [
    { server: 3 },
    { from: 1 },
    { until: 99 },
    { samples: 7 },
    { bytes: 51 },
  ];
  for (const [index, change] of changes.entries()) {
    cache.get(HEAD, 7, () => blockOf(0));
    const found = cache.get({ ...HEAD, ...change }, 7, () => blockOf(index + 1));
    expect(found?.column(7)).toEqual(blockOf(index + 1).column(7));
  }
});

test("[ST19] what was not read for long makes room", () => {
  const cache = new ColumnCache();
  let reads = 0;
  const ask = (id: number): void => {
    const read = (): BlockReader => {
      reads++;
      return blockOf(0, 20_000);
    };
    cache.get({ ...HEAD, id }, 7, read);
  };
  // Of 300 to 320 kB each.
  for (let id = 0; id < 40; id++) ask(id);
  ask(0);
  expect(reads).toBe(40);
  for (let id = 40; id < 80; id++) ask(id);
  ask(0);
  ask(79);
  expect(reads).toBe(80);
  ask(1);
  expect(reads).toBe(81);
});
