import { describe, expect, test } from "vitest";
import { argumentLines, msToSeconds, portList, secondsToMs, variableLines } from "./definition-fields.ts";
import { lineDiff } from "./line-diff.ts";
import { parseDefinition, problemsByPath } from "./parse-definition.ts";
import { readAt, writeAt } from "./tree.ts";

const GOOD = { driver: "process", name: "api", command: ["/usr/bin/node", "server.js"] };

describe("a definition", () => {
  test("that says the least is good", () => {
    expect(parseDefinition(GOOD)).toEqual({ ok: true, definition: GOOD });
  });

  test.each([
    [{ name: "a b" }, "name"],
    [{ command: ["node"] }, "command"],
    [{ command: [] }, "command"],
    [{ ports: [0] }, "ports"],
    [{ environment: { "A-B": "x" } }, "environment"],
    [{ restart: { when: "sometimes" } }, "restart.when"],
    [{ stop: { graceMs: "soon" } }, "stop.graceMs"],
    [{ urls: ["javascript:alert(1)"] }, "urls"],
    [{ comand: [] }, "comand"],
    [{ environment: { "BAD LINE": null } }, "environment"],
  ])("with %j names the field that is wrong", (parts, path) => {
    const parsed = parseDefinition({ ...GOOD, ...parts });
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.path)).toEqual([path]);
  });
});

test("all that is wrong in one input stands there, counted as people count", () => {
  const parsed = parseDefinition({ ...GOOD, ports: [99_999, 80, "abc"] });
  const text = problemsByPath(parsed.ok ? [] : parsed.problems).get("ports");
  expect(text).toMatch(/entry 1: .*; entry 3: /);
});

test("fields are read and written by path; what becomes empty goes, what stays keeps its place", () => {
  const tree = { name: "api", restart: { when: "always" }, ports: [1] };
  expect(readAt(tree, "restart.when")).toBe("always");
  expect(readAt(tree, "restart.when.deeper")).toBeUndefined();
  const changed = writeAt(tree, "restart.when", "never");
  expect(JSON.stringify(changed)).toBe('{"name":"api","restart":{"when":"never"},"ports":[1]}');
  expect(writeAt(tree, "restart.when", undefined)).toEqual({ name: "api", ports: [1] });
  expect(writeAt({}, "stop.graceMs", 5)).toEqual({ stop: { graceMs: 5 } });
});

test("texts of the form become values and back, and nothing that is typed is dropped", () => {
  expect(argumentLines.toValue("/bin/a\n--x y\n")).toEqual({ value: ["/bin/a", "--x y"] });
  expect(variableLines.toValue("A=1\nB=x=y")).toEqual({ value: { A: "1", B: "x=y" } });
  // Never dropped: what is no variable is kept for the check to find.
  expect(variableLines.toValue("A=1\nBAD LINE")).toEqual({ value: { A: "1", "BAD LINE": null } });
  expect(variableLines.toText({ A: "1", B: null })).toBe("A=1\nB");
  expect(variableLines.toText({ A: "1" })).toBe("A=1");
  expect(portList.toValue("80, 443 x")).toEqual({ value: [80, 443, "x"] });
  expect([secondsToMs("1,5"), secondsToMs(""), secondsToMs("x"), msToSeconds(1_500)]).toEqual([
    1_500,
    undefined,
    "x",
    "1.5",
  ]);
});

test("a comparison of lines shows what goes and what comes, and gives both texts back", () => {
  const [before, after] = ["a\nb\nc\nd", "a\nx\nc\nd\ne"];
  const lines = lineDiff(before, after);
  expect(lines.map(({ is, text }) => `${is} ${text}`)).toEqual([
    "same a",
    "removed b",
    "added x",
    "same c",
    "same d",
    "added e",
  ]);
  const side = (without: string): string =>
    lines
      .filter(({ is }) => is !== without)
      .map(({ text }) => text)
      .join("\n");
  expect(side("added")).toBe(before);
  expect(side("removed")).toBe(after);
  expect(lineDiff("", "a")).toEqual([{ is: "added", text: "a" }]);
});
