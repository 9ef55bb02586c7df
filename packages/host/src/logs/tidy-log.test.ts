import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { LogRecord } from "./log-source.ts";
import { splitLines } from "./split-lines.ts";
import { tidyLog } from "./tidy-log.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const heldBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

test("[LG9] what is held of the past is its lines, and not the blocks that they were read in", async () => {
  const blocks = 100;
  let grownBytes = 0;
  async function* sparse(): AsyncGenerator<readonly LogRecord[]> {
    const before = heldBytes();
    for (let number = 0; number < blocks; number++) {
      const block = new TextEncoder().encode(`what is looked for, ${number}\n${"x".repeat(256 * 1024)}\n`);
      yield splitLines(block).map(({ text }) => ({
        is: "line" as const,
        ...{ at: null, cursor: "c", level: undefined, stream: null },
        text,
      }));
    }
    grownBytes = heldBytes() - before;
  }
  const texts: string[] = [];
  const search = { text: "looked for", isExpression: false };
  const query = { driver: "file", name: "/x", linesMax: 1_000, follow: false, search } as const;
  for await (const item of tidyLog(sparse(), query)) if ("text" in item) texts.push(item.text);
  expect([texts.length, texts.at(-1)]).toEqual([blocks, `what is looked for, ${blocks - 1}`]);
  expect(grownBytes).toBeLessThan(4 * 1024 * 1024);
});

test("[LG9] lines that others pushed out of the last ones are let go at once", async () => {
  let grownBytes = 0;
  const longest = "y".repeat(16_000);
  async function* many(): AsyncGenerator<readonly LogRecord[]> {
    const before = heldBytes();
    for (let number = 0; number < 2_000; number++)
      yield [{ is: "line", at: null, cursor: "c", level: undefined, text: `${number}${longest}`, stream: null }];
    grownBytes = heldBytes() - before;
  }
  const query = { driver: "file", name: "/x", linesMax: 10, follow: false, levelMax: 7 } as const;
  let lines = 0;
  for await (const item of tidyLog(many(), query)) if ("text" in item) lines++;
  expect(lines).toBe(10);
  expect(grownBytes).toBeLessThan(4 * 1024 * 1024);
});

test("[LG1] a line without a time has that of the line before it; where there is none, that is said once", async () => {
  const ask = async (lines: readonly (readonly [at: number | null, text: string])[]): Promise<readonly string[]> => {
    async function* records(): AsyncGenerator<readonly LogRecord[]> {
      yield lines.map(([at, text]) => ({ is: "line", at, cursor: "c", level: undefined, text, stream: null }));
    }
    const query = { driver: "file", name: "/x", linesMax: 10, follow: false, since: 20, until: 30 } as const;
    const said: string[] = [];
    for await (const item of tidyLog(records(), query)) {
      if ("gap" in item) said.push(`gap: ${item.gap.why}`);
      else if ("text" in item) said.push(item.text);
    }
    return said;
  };
  const traces = [
    [10, "early"],
    [null, "  at early"],
    [20, "asked"],
    [null, "  at asked"],
    [30, "late"],
    [null, "  at late"],
  ] as const;
  expect(await ask(traces)).toEqual(["asked", "  at asked"]);
  const untimed = [
    [null, "one"],
    [null, "two"],
  ] as const;
  expect(await ask(untimed)).toEqual([
    "gap: these lines carry no times, so they could not be chosen by time",
    "one",
    "two",
  ]);
});
