import { expect, test } from "vitest";
import { filterProcesses, sortProcesses } from "./process-list.ts";
import type { Process } from "./process-list.ts";

const process = (pid: number, ppid: number, cpuRatio: number | null = 0): Process =>
  ({ pid, ppid, cpuRatio, name: `p${pid}`, user: "root", commandLine: "/bin/x --flag", residentBytes: pid }) as Process;

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
