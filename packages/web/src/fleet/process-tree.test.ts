import { expect, test } from "vitest";
import { filterProcesses, sortProcesses, treeRows } from "./process-tree.ts";
import type { Process } from "./process-tree.ts";

const process = (pid: number, ppid: number, cpuRatio: number | null = 0): Process =>
  ({ pid, ppid, cpuRatio, name: `p${pid}`, user: "root", commandLine: "/bin/x --flag", residentBytes: pid }) as Process;

test("children stand under their parent, in the order of the list", () => {
  const rows = treeRows([process(1, 0), process(20, 1), process(3, 1), process(4, 20)]);
  expect(rows.map((row) => [row.process.pid, row.depth])).toEqual([
    [1, 0],
    [20, 1],
    [4, 2],
    [3, 1],
  ]);
});

test("a ring of parents loses nobody and ends", () => {
  expect(treeRows([process(1, 2), process(2, 1), process(5, 5)]).map((row) => row.process.pid)).toEqual([5, 1, 2]);
});

test("a chain of thousands is no recursion", () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => process(index + 1, index));
  expect(treeRows(chain)).toHaveLength(20_000);
});

test("unknown use comes last", () => {
  const sorted = sortProcesses([process(1, 0, null), process(2, 0, 0.1), process(3, 0, 0.9)], "cpu");
  expect(sorted.map((one) => one.pid)).toEqual([3, 2, 1]);
});

test("all words must occur somewhere", () => {
  const list = [process(12, 1), process(13, 1)];
  expect(filterProcesses(list, "root 12")).toHaveLength(1);
  expect(filterProcesses(list, "FLAG")).toHaveLength(2);
  expect(filterProcesses(list, "nobody")).toHaveLength(0);
});
