import fc from "fast-check";
import { expect, test } from "vitest";
import { processTree } from "./process-tree.ts";

const process = (pid: number, ppid: number) => ({ pid, ppid });

test("children stand under their parents in the order in which they came", () => {
  const tree = processTree([process(9, 4), process(4, 1), process(7, 1), process(1, 0), process(8, 99)]);
  expect(tree.map(({ process: { pid }, depth }) => [pid, depth])).toEqual([
    [1, 0],
    [4, 1],
    [9, 2],
    [7, 1],
    [8, 0],
  ]);
});

test("whatever parents a server tells, circles too, every process is shown once", () => {
  const anyProcess = fc.tuple(fc.nat(20), fc.nat(20)).map(([pid, ppid]) => process(pid, ppid));
  const table = fc.uniqueArray(anyProcess, { selector: ({ pid }) => pid, maxLength: 20 });
  fc.assert(
    fc.property(table, (processes) => {
      const shown = processTree(processes).map(({ process: { pid } }) => pid);
      expect(shown.toSorted((one, other) => one - other)).toEqual(
        processes.map(({ pid }) => pid).toSorted((one, other) => one - other),
      );
    }),
  );
});

test("a ring of parents loses nobody and ends", () => {
  const tree = processTree([process(1, 2), process(2, 1), process(5, 5)]);
  expect(tree.map(({ process: { pid }, depth }) => [pid, depth])).toEqual([
    [5, 0],
    [1, 0],
    [2, 1],
  ]);
});

test("a chain of thousands is no recursion", () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => process(index + 1, index));
  expect(processTree(chain)).toHaveLength(20_000);
});
