import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startProgram, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { statePaths } from "../config.ts";
import { holdState } from "./hold-state.ts";

const MODULE = fileURLToPath(new URL("hold-state.ts", import.meta.url));

/** Another process that holds the directory. */
async function holdElsewhere(directory: string) {
  const script = `import { holdState } from ${JSON.stringify(MODULE)};
holdState(process.argv[1]);
console.log("held");
setInterval(() => {}, 1_000);`;
  const program = await startProgram([process.execPath, "--input-type=module", "-e", script, directory]);
  await program.says(/held/);
  return program;
}

test("one that another process holds is refused by its number, and stays its", async () => {
  await using directory = await temporaryDirectory("hold");
  await using other = await holdElsewhere(directory.path);
  for (let turn = 0; turn < 2; turn++)
    expect(() => holdState(directory.path)).toThrow(`runs already, as process ${other.pid}.`);
  await other.stop("SIGKILL");
  const release = holdState(directory.path);
  release();
  expect(existsSync(statePaths(directory.path).holder)).toBe(false);
});

test("a number that another process has by now, and what cannot be read, hold nothing", async () => {
  await using directory = await temporaryDirectory("hold");
  const { holder } = statePaths(directory.path);
  for (const left of [JSON.stringify({ pid: 1, startTicks: -1 }), JSON.stringify({ pid: 1 }), "", "{", "[]", "null"]) {
    writeFileSync(holder, left);
    const release = holdState(directory.path);
    expect(JSON.parse(readFileSync(holder, "utf8"))).toMatchObject({ pid: process.pid });
    release();
  }
});

test("who lets go takes nothing from the one that came after", async () => {
  await using directory = await temporaryDirectory("hold");
  const release = holdState(directory.path);
  const other = JSON.stringify({ pid: 1, startTicks: 1 });
  writeFileSync(statePaths(directory.path).holder, other);
  release();
  expect(readFileSync(statePaths(directory.path).holder, "utf8")).toBe(other);
});
