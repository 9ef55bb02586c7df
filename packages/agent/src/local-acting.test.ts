import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { systemClock } from "@muster/node-kit";
import { temporaryDirectory, testActingHost, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { LocalHost } from "./local-host.ts";

const never = new AbortController().signal;
const host = new LocalHost(systemClock);

testActingHost(() => host);

test("[CM-07] nothing of our own environment reaches a program", async () => {
  process.env["MUSTER_CANARY"] = "seen";
  let text = "";
  for await (const chunk of host.stream(["/usr/bin/env"], { signal: never }).output)
    text += Buffer.from(chunk).toString();
  delete process.env["MUSTER_CANARY"];
  expect(text).toContain("PATH=");
  expect(text).not.toContain("MUSTER_CANARY");
});

test("a watched directory tells what comes, goes and is replaced, and its own end; nothing after the abort", async () => {
  await using directory = await temporaryDirectory("watch");
  const path = directory.file("d");
  mkdirSync(path);
  const told: (string | undefined)[] = [];
  const stop = new AbortController();
  expect(host.watchDirectory(path, (entry) => told.push(entry), stop.signal)).toBe("watching");
  const tells = (entry: string | undefined): Promise<boolean> =>
    waitFor(() => told.includes(entry), { describe: () => `${entry} is told; so far ${String(told)}` });
  writeFileSync(`${path}/a`, "");
  await tells("a");
  symlinkSync("one", `${path}/.b`);
  renameSync(`${path}/.b`, `${path}/b`);
  await tells("b");
  told.length = 0;
  unlinkSync(`${path}/a`);
  await tells("a");
  const second = new AbortController();
  const alsoTold: (string | undefined)[] = [];
  host.watchDirectory(path, (entry) => alsoTold.push(entry), second.signal);
  second.abort();
  told.length = 0;
  rmSync(path, { recursive: true });
  await tells(undefined);
  expect(alsoTold).toEqual([]);
  expect(host.watchDirectory(path, () => undefined, never)).toBe("cannot");
  stop.abort();
});
