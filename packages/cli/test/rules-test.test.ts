import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/rules/${name}`, import.meta.url));

/** Runs one script that stands in a file. */
async function runScript(text: string, ...more: readonly string[]) {
  await using directory = await temporaryDirectory("scripts");
  writeFileSync(directory.file("script.yaml"), text);
  return await commandLine(["rules", "test", directory.file("script.yaml"), ...more]);
}

test("[R14] [AL4] [AL7] [AL9] [AL11] [AL12] [AL13] [AL14] [AL16] [AL17] [AL18] [AL20] a simulated month yields exactly the notices that its script expects", async () => {
  const { code, output } = await commandLine(["rules", "test", fixture("month.yaml"), "--json"]);
  const [month] = JSON.parse(output).items;
  expect(month.differences).toEqual([]);
  expect([code, month.outcome, month.lengthMs / 86_400_000]).toEqual([0, "ok", 30]);
  expect(month.notices.length).toBeGreaterThan(80);
});

test("the examples do what they promise", async () => {
  const { code, output } = await commandLine(["rules", "test", fixture("examples.yaml"), fixture("month.yaml")]);
  expect(output.split("\n").filter((line) => !line.startsWith("ok "))).toEqual([""]);
  expect(code).toBe(0);
});

const SCRIPT = `
rules: [offline]
series: { server web-1: "online x5, offline x5, online x5" }
`;

test("a difference ends with 1 and is said line by line; without an expectation all that is told is shown", async () => {
  const failed = await runScript(`${SCRIPT}expect: { notices: [5m all opened critical Server is offline] }\n`);
  expect(failed.code).toBe(1);
  expect(failed.output).toMatch(
    /^failed .*\(15m, 1 incident, 2 notices\)\n {2}\+ 11m all resolved critical Server is offline /,
  );
  const shown = await runScript(SCRIPT);
  expect(shown.code).toBe(0);
  expect(shown.output).toContain("    5m all opened critical Server is offline\n");
});

test("a script may name the file of rules that a hub uses", async () => {
  await using directory = await temporaryDirectory("scripts");
  writeFileSync(directory.file("rules.yaml"), "rules:\n  - { default: offline, name: Gone, servers: [web-1] }\n");
  writeFileSync(directory.file("script.yaml"), SCRIPT.replace("[offline]", "rules.yaml"));
  const { code, output } = await commandLine(["rules", "test", directory.file("script.yaml")]);
  expect([code, output.includes("5m all opened critical Gone")]).toEqual([0, true]);
  writeFileSync(directory.file("script.yaml"), SCRIPT.replace("[offline]", "none.yaml"));
  expect((await commandLine(["rules", "test", directory.file("script.yaml")])).code).toBe(64);
});

test.each([
  ["rules: [offline\n", "line 2"],
  [
    "rules: [offline]\nseries: { server web-1: sleeping }\n",
    "series.server web-1: has sleeping, which is no look of this",
  ],
  [
    "- rules: [cpu]\n- rules: [{ name: x, condition: { is: metric, metric: load1, levels: [] } }]\n",
    "1.rules.0.condition.levels",
  ],
  ["rules: [{ name: x, condition: { is: weather } }]\n", "rules.0.condition.is"],
  ["rules: [{ default: cpu, colour: red }]\n", "rules.0"],
])("%j is refused, and said where", async (text, words) => {
  const { code, errors, output } = await runScript(text);
  expect([code, output, errors.includes(words)]).toEqual([64, "", true]);
});

test("what a script calls things cannot move the reader's cursor", async () => {
  const { output } = await runScript(`name: "a\\e[2J"\n${SCRIPT}`);
  expect(output).not.toContain("\u001b");
});
