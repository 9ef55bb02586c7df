import { once } from "node:events";
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  appendFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { parseProcessStat } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { LocalHost } from "./local-host.ts";

const never = new AbortController().signal;
const host = new LocalHost(systemClock);
const read = (path: string): Promise<string | undefined> => host.readFile(path, "once");
const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
/** Whether a process does no more: gone, or dead and not yet collected. */
const isOver = async (pid: number | string): Promise<boolean> => {
  const stat = await read(`/proc/${pid}/stat`);
  return stat === undefined || stat.includes(") Z ");
};
const startTicksOf = (pid: number): number =>
  parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"))?.startTicks ?? 0;
/** A script under its final name at once, or the kernel would say that the text is busy. */
function script(path: string, text: string): string {
  writeFileSync(`${path}.new`, `#!/bin/sh\n${text}`, { mode: 0o700 });
  renameSync(`${path}.new`, path);
  return path;
}

test("[CM-07] a stream is an argument list by absolute path with an environment of its own", async () => {
  process.env["MUSTER_CANARY"] = "seen";
  let text = "";
  for await (const chunk of host.stream(["/usr/bin/env"], { signal: never }).output) text += textOf(chunk);
  delete process.env["MUSTER_CANARY"];
  expect(text).not.toContain("MUSTER_CANARY");
  expect(() => host.stream(["echo"], { signal: never })).toThrow("absolute path");
  let echoed = "";
  for await (const chunk of host.stream(["/bin/echo", "$(id); `id` *"], { signal: never }).output)
    echoed += textOf(chunk);
  expect(echoed).toBe("$(id); `id` *\n");
});

test("a stream tells how its program ended and what it complained; one that cannot start throws", async () => {
  await using directory = await temporaryDirectory("stream");
  const stream = host.stream([script(directory.file("a"), "echo out; echo err >&2; exit 5\n")], { signal: never });
  let text = "";
  for await (const chunk of stream.output) text += textOf(chunk);
  expect(text).toBe("out\n");
  expect(await stream.ended).toEqual({ exitCode: 5, stderr: "err\n" });
  const broken = host.stream(["/nowhere/x"], { signal: never });
  await expect(broken.output[Symbol.asyncIterator]().next()).rejects.toThrow("ENOENT");
  expect((await broken.ended).exitCode).toBeNull();
});

test("[CM-13] aborting a stream, or reading it no further, ends the whole group of its program", async () => {
  await using directory = await temporaryDirectory("stream");
  const pidPath = directory.file("pid");
  const forking = script(directory.file("fork"), `sleep 987 &\necho $! > ${pidPath}\necho ready\nwait\n`);
  for (const how of ["abort", "leave"] as const) {
    const stop = new AbortController();
    const stream = host.stream([forking], { signal: stop.signal });
    for await (const chunk of stream.output) {
      expect(textOf(chunk)).toBe("ready\n");
      if (how === "leave") break;
      stop.abort();
    }
    await stream.ended;
    const pid = ((await read(pidPath)) ?? "").trim();
    await waitFor(() => isOver(pid), { describe: `the end of the grandchild after ${how}` });
  }
});

test("a stream that is read slowly holds its program up, and loses nothing", async () => {
  const stop = new AbortController();
  const stream = host.stream(["/usr/bin/seq", "1", "2000000"], { signal: stop.signal });
  const reader = stream.output[Symbol.asyncIterator]();
  const first = await reader.next();
  let ended = false;
  void stream.ended.then(() => (ended = true));
  // It would be through in a tenth of a second, were its 14 MB not waiting for us.
  let quietRounds = 0;
  await waitFor(() => ++quietRounds > 25 || ended, { describe: "half a second of not reading" });
  expect(ended).toBe(false);
  let bytes = (first.value as Uint8Array).length;
  let last = "";
  for (let part = await reader.next(); part.done !== true; part = await reader.next()) {
    bytes += part.value.length;
    last = (last + textOf(part.value)).slice(-20);
  }
  expect(last).toContain("\n2000000\n");
  expect(bytes).toBe(14_888_896);
  expect((await stream.ended).exitCode).toBe(0);
});

test("an exchange over a Unix socket carries method, path, status and a body in parts; no server is an error with its code", async () => {
  await using directory = await temporaryDirectory("socket");
  const socketPath = directory.file("s");
  let hasClosed = false;
  const server = createServer((request, response) => {
    response.on("close", () => (hasClosed = true));
    response.writeHead(request.method === "POST" ? 204 : 200);
    if (request.url === "/endless") response.write("begin");
    else response.end(request.method === "POST" ? undefined : `you asked ${request.url}`);
  });
  server.listen(socketPath);
  await once(server, "listening");
  try {
    const answer = await host.request(socketPath, { method: "GET", path: "/a?b=%2f" }, never);
    let text = "";
    for await (const chunk of answer.body) text += textOf(chunk);
    expect([answer.status, text]).toEqual([200, "you asked /a?b=%2f"]);
    const posted = await host.request(socketPath, { method: "POST", path: "/x" }, never);
    for await (const chunk of posted.body) expect(chunk).toBeUndefined();
    expect(posted.status).toBe(204);

    hasClosed = false;
    const stop = new AbortController();
    const endless = await host.request(socketPath, { method: "GET", path: "/endless" }, stop.signal);
    const reader = endless.body[Symbol.asyncIterator]();
    expect(textOf((await reader.next()).value as Uint8Array)).toBe("begin");
    stop.abort();
    await expect(reader.next()).rejects.toThrow();
    await waitFor(() => hasClosed, { describe: "the server sees the end" });
  } finally {
    server.close();
  }
  await expect(host.request(directory.file("none"), { method: "GET", path: "/" }, never)).rejects.toMatchObject({
    code: "ENOENT",
  });
  // A line break in a path would begin another request.
  await expect(host.request(socketPath, { method: "GET", path: "/a\r\nx: y" }, never)).rejects.toThrow();
});

test("part of a file is read from where it is asked, with the size of all and another identity after a rotation", async () => {
  await using directory = await temporaryDirectory("part");
  const path = directory.file("log");
  writeFileSync(path, "0123456789");
  const part = await host.readPart(path, 4, 3);
  expect([textOf(part?.bytes), part?.sizeBytes]).toEqual(["456", 10]);
  expect(textOf((await host.readPart(path, 8, 100))?.bytes)).toBe("89");
  expect((await host.readPart(path, 50, 100))?.bytes.length).toBe(0);
  appendFileSync(path, "ab");
  const grown = await host.readPart(path, 10, 100);
  expect([textOf(grown?.bytes), grown?.identity]).toEqual(["ab", part?.identity]);
  renameSync(path, directory.file("log.1"));
  writeFileSync(path, "new");
  expect((await host.readPart(path, 0, 100))?.identity).not.toBe(part?.identity);
});

test("[FS-08] no part is read through a symbolic link, the last or one on the way, nor of what is no plain file", async () => {
  await using directory = await temporaryDirectory("part");
  const real = directory.file("real");
  mkdirSync(real);
  writeFileSync(`${real}/log`, "text");
  symlinkSync(`${real}/log`, directory.file("link"));
  symlinkSync(real, directory.file("way"));
  expect(textOf((await host.readPart(`${real}/log`, 0, 9))?.bytes)).toBe("text");
  expect(await host.readPart(directory.file("link"), 0, 9)).toBeUndefined();
  expect(await host.readPart(`${directory.file("way")}/log`, 0, 9)).toBeUndefined();
  expect(await host.readPart(`${real}/../real/log`, 0, 9)).toBeUndefined();
  const pipe = directory.file("pipe");
  await host.execute(["/usr/bin/mkfifo", pipe], { signal: never });
  for (const path of [real, directory.file("missing"), "/dev/null", "/dev/zero", pipe, "relative"]) {
    expect(await host.readPart(path, 0, 9), path).toBeUndefined();
  }
});

test("[CM-11] a signal reaches only the process that was meant, not another that has its number by now", async () => {
  await using child = await startProgram(["sleep", "100000"]);
  const startTicks = startTicksOf(child.pid);
  expect(await host.kill({ pid: child.pid, startTicks: startTicks + 1 }, "KILL")).toBe("gone");
  expect(child.running).toBe(true);
  expect(await host.kill({ pid: child.pid, startTicks }, "KILL")).toBe("sent");
  expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
  expect(await host.kill({ pid: child.pid, startTicks }, "KILL")).toBe("gone");
});

test("a signal to a group reaches what its leader started", async () => {
  await using directory = await temporaryDirectory("group");
  const pidPath = directory.file("pid");
  const leader = script(directory.file("leader"), `sleep 987 &\necho $! > ${pidPath}\nwait\n`);
  await using child = await startProgram(["setsid", "--wait", leader]);
  const pid = await waitFor(async () => ((await read(pidPath)) ?? "").trim(), { describe: "the grandchild" });
  const leaderPid = Number(/\) \S (\d+)/.exec((await read(`/proc/${pid}/stat`)) ?? "")?.[1]);
  expect(await host.kill({ pid: leaderPid, startTicks: startTicksOf(leaderPid), group: true }, "TERM")).toBe("sent");
  await child.exited;
  await waitFor(() => isOver(pid), { describe: "the end of the grandchild" });
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
