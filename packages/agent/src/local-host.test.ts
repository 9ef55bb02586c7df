import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { systemClock } from "@muster/node-kit";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { LocalHost } from "./local-host.ts";

const never = new AbortController().signal;

test("files of /proc are read anew each time on one kept descriptor", async () => {
  const host = new LocalHost(systemClock);
  const before = readdirSync("/proc/self/fd").length;
  const texts = new Set<string | undefined>();
  // The scheduler counts a running thread's time only now and then.
  const isRead = async (): Promise<boolean> => texts.add(await host.readFile("/proc/self/schedstat")).size > 1;
  await waitFor(isRead, { describe: "another text is read", intervalMs: 1 });
  expect(readdirSync("/proc/self/fd").length - before).toBe(1);
  for (let round = 0; round < 100; round++) await host.readFile("/proc/uptime", "once");
  expect(readdirSync("/proc/self/fd").length - before).toBe(1);
  host.close();
  expect(readdirSync("/proc/self/fd").length).toBe(before);
});

test("a file of any size is whole, and one that is missing or a directory is undefined", async () => {
  await using directory = await temporaryDirectory("host");
  const host = new LocalHost(systemClock);
  const text = "0123456789".repeat(50_000);
  writeFileSync(directory.file("large"), text);
  expect(await host.readFile(directory.file("large"))).toBe(text);
  expect(await host.readFile(directory.file("missing"))).toBeUndefined();
  expect(await host.readFile(directory.path)).toBeUndefined();
  expect(await host.listDirectory(directory.path)).toEqual(["large"]);
  host.close();
});

test("no more descriptors are kept than the bound, and what is beyond is still read", async () => {
  await using directory = await temporaryDirectory("host");
  const host = new LocalHost(systemClock);
  mkdirSync(directory.file("many"));
  const before = readdirSync("/proc/self/fd").length;
  for (let index = 0; index < 200; index++) {
    writeFileSync(directory.file("many", String(index)), `text ${index}`);
    expect(await host.readFile(directory.file("many", String(index)))).toBe(`text ${index}`);
  }
  expect(readdirSync("/proc/self/fd").length - before).toBeLessThanOrEqual(128);
  host.close();
});

test("usage of a file system is told like df, first from a thread and then at once", async () => {
  const host = new LocalHost(systemClock);
  const [first, second] = [await host.fileSystemUsage("/", never), await host.fileSystemUsage("/", never)];
  expect(first?.totalBytes).toBeGreaterThan(0);
  expect(second?.totalBytes).toBe(first?.totalBytes);
  expect(await host.fileSystemUsage("/nowhere/at/all", never)).toBeUndefined();
  host.close();
});

test("[CM-07] a program is run by absolute path, without a shell, with an environment of its own", async () => {
  process.env["MUSTER_CANARY"] = "seen";
  const host = new LocalHost(systemClock);
  const said = await host.execute(["/usr/bin/env"], { signal: never });
  delete process.env["MUSTER_CANARY"];
  expect(said.stdout.split("\n").filter(Boolean).toSorted()).toEqual([
    "LANG=C",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ]);
  const echoed = await host.execute(["/bin/echo", "$(id); `id` *"], { signal: never });
  expect(echoed.stdout).toBe("$(id); `id` *\n");
  await expect(host.execute(["echo", "x"], { signal: never })).rejects.toThrow("absolute path");
  await expect(host.execute(["/nowhere/x"], { signal: never })).rejects.toThrow("ENOENT");
});

test("[CM-13] output is cut at its bound, and ending it ends its whole group", async () => {
  const host = new LocalHost(systemClock);
  const flood = await host.execute(["/usr/bin/head", "-c", "3000000", "/dev/zero"], { signal: never });
  expect([flood.stdout.length, flood.truncated, flood.exitCode]).toEqual([256 * 1024, true, 0]);
  await using directory = await temporaryDirectory("host");
  const script = directory.file("script.sh");
  writeFileSync(`${script}.new`, `#!/bin/sh\nsleep 987 &\necho $! > ${directory.file("pid")}\nwait\n`, { mode: 0o700 });
  renameSync(`${script}.new`, script);
  const stop = new AbortController();
  const ended = host.execute([script], { signal: stop.signal });
  const readPid = () => host.readFile(directory.file("pid"), "once");
  const pid = (await waitFor(async () => (await readPid())?.trim(), { describe: "the grandchild" })) as string;
  stop.abort(new Error("too long"));
  await expect(ended).rejects.toThrow("too long");
  await waitFor(
    async () => {
      const state = await host.readFile(`/proc/${pid}/stat`, "once");
      return state === undefined || state.includes(") Z ");
    },
    { describe: "the end of the grandchild" },
  );
});
