import type { resources } from "@muster/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { processTree } from "./process-tree.ts";

const process = (pid: number, ppid: number): resources.ProcessView => ({
  pid,
  ppid,
  name: `p${pid}`,
  commandLine: "",
  user: "root",
  state: "sleeping",
  cpuRatio: null,
  residentBytes: null,
  threads: null,
  startedAt: 0,
  startTicks: 0,
});

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
