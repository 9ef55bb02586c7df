import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseProcessStat } from "@muster/core";
import { startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { statePaths } from "../config.ts";
import { holdState } from "./hold-state.ts";

const MODULE = fileURLToPath(new URL("hold-state.ts", import.meta.url));

const SCRIPT = `import { holdState } from ${JSON.stringify(MODULE)};
holdState(process.argv[1]);
console.log("held");
setInterval(() => {}, 1_000);`;
const HOLDING = [process.execPath, "--input-type=module", "-e", SCRIPT] as const;

/** Another process that holds the directory. */
async function holdElsewhere(directory: string) {
  const program = await startProgram([...HOLDING, directory]);
  await program.says(/held/);
  return program;
}

test("one that another process holds is refused by its number, and stays its", async () => {
  await using directory = await temporaryDirectory("hold");
  await using other = await holdElsewhere(directory.path);
  // It never leaves its place meanwhile: a third one would find nobody there.
  const changedNs = (): bigint => statSync(statePaths(directory.path).holder, { bigint: true }).ctimeNs;
  const before = changedNs();
  for (let turn = 0; turn < 2; turn++)
    expect(() => holdState(directory.path)).toThrow(`runs already, as process ${other.pid}.`);
  expect(changedNs()).toBe(before);
  await other.stop("SIGKILL");
  const release = holdState(directory.path);
  release();
  expect(readdirSync(directory.path)).toEqual([]);
});

test("one that has ended holds nothing, also while its parent does not ask how", async () => {
  await using directory = await temporaryDirectory("hold");
  const end = directory.file("end");
  // The shell becomes a program that knows nothing of its child, which ends only then.
  const script = `(until [ -e ${end} ]; do sleep 0.02; done) & echo $!; exec sleep 1000`;
  await using parent = await startProgram(["/bin/sh", "-c", script]);
  const pid = Number(await waitFor(() => /^\d+/.exec(parent.output)?.[0], { describe: "the child's number" }));
  const statOf = (each: number) => parseProcessStat(readFileSync(`/proc/${each}/stat`, "latin1"))!;
  await waitFor(() => statOf(parent.pid).name === "sleep", { describe: "another program in the shell's place" });
  writeFileSync(end, "");
  await waitFor(() => statOf(pid).state === "zombie", { describe: "its end" });
  const { startTicks } = statOf(pid);
  writeFileSync(statePaths(directory.path).holder, JSON.stringify({ pid, startTicks }));
  holdState(directory.path)();
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

test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP"])(
  "where hard links are not possible (%s) it holds all the same",
  async (code) => {
    await using directory = await temporaryDirectory("hold");
    const { holder } = statePaths(directory.path);
    const linkless = (): never => {
      throw Object.assign(new Error(code), { code });
    };
    writeFileSync(holder, JSON.stringify({ pid: 1, startTicks: -1 }));
    const release = holdState(directory.path, linkless);
    expect(JSON.parse(readFileSync(holder, "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(directory.path)).toHaveLength(1);
    release();
    expect(readdirSync(directory.path)).toEqual([]);
    await using other = await holdElsewhere(directory.path);
    expect(() => holdState(directory.path, linkless)).toThrow(`runs already, as process ${other.pid}.`);
    await other.stop("SIGKILL");
  },
);

test("what else goes wrong with the name is told", async () => {
  await using directory = await temporaryDirectory("hold");
  const broken = (): never => {
    throw Object.assign(new Error("EIO"), { code: "EIO" });
  };
  expect(() => holdState(directory.path, broken)).toThrow("EIO");
  expect(readdirSync(directory.path)).toEqual([]);
});
