import { once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseProcessStat } from "@muster/core";
import type { ActingHost } from "@muster/host";
import { expect, test } from "vitest";
import { startProgram } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { waitFor } from "./wait-for.ts";

const never = new AbortController().signal;
const ENVIRONMENT = ["LANG=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
const startTicksOf = (pid: number): number =>
  parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"))?.startTicks ?? 0;
/** A script under its final name at once, or the kernel would say that the text is busy. */
function script(path: string, text: string): string {
  writeFileSync(`${path}.new`, `#!/bin/sh\n${text}`, { mode: 0o700 });
  renameSync(`${path}.new`, path);
  return path;
}

/** What every host does that is this very machine, whichever way it is reached. Registers its tests; `host` is asked in each. */
export function testActingHost(host: () => ActingHost): void {
  const read = (path: string): Promise<string | undefined> => host().readFile(path, "once");
  /** Whether a process does no more: gone, or dead and not yet collected. */
  const isOver = async (pid: number | string): Promise<boolean> => {
    const stat = await read(`/proc/${pid}/stat`);
    return stat === undefined || stat.includes(") Z ");
  };

  test("a file is read whole up to 4 MiB, as UTF-8 as far as it is; one that is none is undefined", async () => {
    await using directory = await temporaryDirectory("host");
    const texts: Readonly<Record<string, string | Buffer>> = {
      empty: "",
      text: "one\ntwo",
      large: "0123456789".repeat(50_000),
      huge: Buffer.alloc(5 * 1024 * 1024, "x"),
      bytes: Buffer.from([0, 0xff, 0x0a, 0x00, 0xc3, 0xa9]),
      "a name $(id) 'x' \"y\" *": "found",
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(directory.file(name), text);
    symlinkSync(directory.file("text"), directory.file("link"));
    symlinkSync("nowhere", directory.file("broken"));
    const asked = [...Object.keys(texts), "link", "broken", "missing", "."];
    const answers = await Promise.all(asked.map((name) => host().readFile(directory.file(name))));
    expect(Object.fromEntries(asked.map((name, index) => [name, answers[index]]))).toEqual({
      ...texts,
      huge: "x".repeat(4 * 1024 * 1024),
      bytes: "\0\ufffd\n\0\u00e9",
      link: "one\ntwo",
      broken: undefined,
      missing: undefined,
      ".": undefined,
    });
    expect(await read("/proc/loadavg")).toMatch(/^[0-9.]+ [0-9.]+ /);
    // Its process has ended by the time it is read.
    await using child = await startProgram(["true"]);
    await child.exited;
    expect(await read(`/proc/${child.pid}/stat`)).toBeUndefined();
  });

  test("names of a directory come sorted, with hidden ones; links say where they lead", async () => {
    await using directory = await temporaryDirectory("host");
    const names = [".hidden", "..two", "b", "a\nb", "*", "[a]", "\u00e9", "-n", "Z"];
    mkdirSync(directory.file("d"));
    mkdirSync(directory.file("empty"));
    for (const name of names) writeFileSync(directory.file("d", name), "");
    symlinkSync("../some where", directory.file("d", "link"));
    const [listed, empty, missing, file, link, noLink, noSuchLink] = await Promise.all([
      host().listDirectory(directory.file("d")),
      host().listDirectory(directory.file("empty")),
      host().listDirectory(directory.file("missing")),
      host().listDirectory(directory.file("d", "b")),
      host().readLink(directory.file("d", "link")),
      host().readLink(directory.file("d", "b")),
      host().readLink(directory.file("missing")),
    ]);
    expect(listed).toEqual([...names, "link"].toSorted());
    expect([empty, missing, file]).toEqual([[], undefined, undefined]);
    expect([link, noLink, noSuchLink]).toEqual(["../some where", undefined, undefined]);
  });

  test("usage of a file system is told like df, the first time and again", async () => {
    const [first, second] = [await host().fileSystemUsage("/", never), await host().fileSystemUsage("/", never)];
    expect(first?.totalBytes).toBeGreaterThan(0);
    expect(first?.availableBytes).toBeLessThanOrEqual(first?.freeBytes ?? 0);
    expect([second?.totalBytes, second?.totalInodes]).toEqual([first?.totalBytes, first?.totalInodes]);
    expect(await host().fileSystemUsage("/nowhere/at/all", never)).toBeUndefined();
    expect(await host().fileSystemUsage("/", AbortSignal.abort())).toBeUndefined();
  });

  test("[CM-07] a program is run by absolute path, without a shell, with an environment of its own", async () => {
    const said = await host().execute(["/usr/bin/env"], { signal: never });
    expect(said.stdout.split("\n").filter(Boolean).toSorted()).toEqual(ENVIRONMENT);
    const echoed = await host().execute(["/bin/echo", "$(id); `id` *"], { signal: never });
    expect(echoed).toEqual({ exitCode: 0, stdout: "$(id); `id` *\n", stderr: "", truncated: false });
    expect((await host().execute(["/bin/pwd"], { signal: never })).stdout).toBe("/\n");
    // Nothing is on its standard input.
    expect(await host().execute(["/bin/cat"], { signal: never })).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await host().execute(["/bin/sh", "-c", "echo no >&2; exit 7"], { signal: never })).exitCode).toBe(7);
    expect((await host().execute(["/bin/sh", "-c", "kill -9 $$"], { signal: never })).exitCode).toBeNull();
    await expect(host().execute(["echo", "x"], { signal: never })).rejects.toThrow("absolute path");
    await expect(host().execute(["/nowhere/x"], { signal: never })).rejects.toThrow("ENOENT");
    const aborted = AbortSignal.abort(new Error("before"));
    await expect(host().execute(["/bin/true"], { signal: aborted })).rejects.toThrow("before");
  });

  test("[CM-13] output is cut at its bound, and ending it ends its whole group", async () => {
    const flood = await host().execute(["/usr/bin/head", "-c", "3000000", "/dev/zero"], { signal: never });
    expect([flood.stdout.length, flood.truncated, flood.exitCode]).toEqual([256 * 1024, true, 0]);
    await using directory = await temporaryDirectory("host");
    const forking = script(directory.file("fork"), `sleep 987 &\necho $! > ${directory.file("pid")}\nwait\n`);
    const leaving = script(directory.file("leave"), `sleep 987 &\necho $! > ${directory.file("pid")}\n`);
    // Whether the leader waits or has gone: what it started still holds the output.
    for (const program of [forking, leaving]) {
      writeFileSync(directory.file("pid"), "");
      const stop = new AbortController();
      const ended = host().execute([program], { signal: stop.signal });
      const pid = await waitFor(async () => (await read(directory.file("pid")))?.trim(), {
        describe: "the grandchild",
      });
      if (program === leaving) {
        const parentOf = async (): Promise<string | undefined> =>
          /\) \S (\d+)/.exec((await read(`/proc/${pid}/stat`)) ?? "")?.[1];
        await waitFor(async () => (await parentOf()) === "1", { describe: "the end of the leader" });
      }
      stop.abort(new Error("too long"));
      await expect(ended).rejects.toThrow("too long");
      await waitFor(() => isOver(pid), { describe: `the end of what ${program} started` });
    }
  });

  test("[CM-07] a stream is an argument list by absolute path with an environment of its own", async () => {
    let text = "";
    for await (const chunk of host().stream(["/usr/bin/env"], { signal: never }).output) text += textOf(chunk);
    expect(text.split("\n").filter(Boolean).toSorted()).toEqual(ENVIRONMENT);
    expect(() => host().stream(["echo"], { signal: never })).toThrow("absolute path");
    let echoed = "";
    for await (const chunk of host().stream(["/bin/echo", "$(id); `id` *"], { signal: never }).output)
      echoed += textOf(chunk);
    expect(echoed).toBe("$(id); `id` *\n");
  });

  test("a stream tells how its program ended and what it complained; one that cannot start throws", async () => {
    await using directory = await temporaryDirectory("stream");
    const stream = host().stream([script(directory.file("a"), "echo out; echo err >&2; exit 5\n")], { signal: never });
    let text = "";
    for await (const chunk of stream.output) text += textOf(chunk);
    expect(text).toBe("out\n");
    expect(await stream.ended).toEqual({ exitCode: 5, stderr: "err\n" });
    const broken = host().stream(["/nowhere/x"], { signal: never });
    await expect(broken.output[Symbol.asyncIterator]().next()).rejects.toThrow("ENOENT");
    expect((await broken.ended).exitCode).toBeNull();
  });

  test("[CM-13] aborting a stream, or reading it no further, ends the whole group of its program", async () => {
    await using directory = await temporaryDirectory("stream");
    const pidPath = directory.file("pid");
    const forking = script(directory.file("fork"), `sleep 987 &\necho $! > ${pidPath}\necho ready\nwait\n`);
    for (const how of ["abort", "leave"] as const) {
      const stop = new AbortController();
      const stream = host().stream([forking], { signal: stop.signal });
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
    const stream = host().stream(["/usr/bin/seq", "1", "2000000"], { signal: stop.signal });
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
      const answer = await host().request(socketPath, { method: "GET", path: "/a?b=%2f" }, never);
      let text = "";
      for await (const chunk of answer.body) text += textOf(chunk);
      expect([answer.status, text]).toEqual([200, "you asked /a?b=%2f"]);
      const posted = await host().request(socketPath, { method: "POST", path: "/x" }, never);
      for await (const chunk of posted.body) expect(chunk).toBeUndefined();
      expect(posted.status).toBe(204);

      hasClosed = false;
      const stop = new AbortController();
      const endless = await host().request(socketPath, { method: "GET", path: "/endless" }, stop.signal);
      const reader = endless.body[Symbol.asyncIterator]();
      expect(textOf((await reader.next()).value as Uint8Array)).toBe("begin");
      stop.abort();
      await expect(reader.next()).rejects.toThrow();
      await waitFor(() => hasClosed, { describe: "the server sees the end" });
    } finally {
      server.close();
    }
    await expect(host().request(directory.file("none"), { method: "GET", path: "/" }, never)).rejects.toMatchObject({
      code: "ENOENT",
    });
    // A line break in a path would begin another request.
    await expect(host().request(socketPath, { method: "GET", path: "/a\r\nx: y" }, never)).rejects.toThrow();
  });

  test("part of a file is read from where it is asked, with the size of all and another identity after a rotation", async () => {
    await using directory = await temporaryDirectory("part");
    const path = directory.file("log");
    writeFileSync(path, "0123456789");
    const part = await host().readPart(path, 4, 3);
    expect([textOf(part?.bytes), part?.sizeBytes]).toEqual(["456", 10]);
    expect(textOf((await host().readPart(path, 8, 100))?.bytes)).toBe("89");
    expect((await host().readPart(path, 50, 100))?.bytes.length).toBe(0);
    appendFileSync(path, "ab");
    const grown = await host().readPart(path, 10, 100);
    expect([textOf(grown?.bytes), grown?.identity]).toEqual(["ab", part?.identity]);
    renameSync(path, directory.file("log.1"));
    writeFileSync(path, "new");
    expect((await host().readPart(path, 0, 100))?.identity).not.toBe(part?.identity);
  });

  test("[FS-08] no part is read through a symbolic link, the last or one on the way, nor of what is no plain file", async () => {
    await using directory = await temporaryDirectory("part");
    const real = directory.file("real");
    mkdirSync(real);
    writeFileSync(`${real}/log`, "text");
    symlinkSync(`${real}/log`, directory.file("link"));
    symlinkSync(real, directory.file("way"));
    expect(textOf((await host().readPart(`${real}/log`, 0, 9))?.bytes)).toBe("text");
    expect(await host().readPart(directory.file("link"), 0, 9)).toBeUndefined();
    expect(await host().readPart(`${directory.file("way")}/log`, 0, 9)).toBeUndefined();
    expect(await host().readPart(`${real}/../real/log`, 0, 9)).toBeUndefined();
    const pipe = directory.file("pipe");
    await host().execute(["/usr/bin/mkfifo", pipe], { signal: never });
    for (const path of [real, directory.file("missing"), "/dev/null", "/dev/zero", pipe, "relative"]) {
      expect(await host().readPart(path, 0, 9), path).toBeUndefined();
    }
  });

  test("[CM-11] a signal reaches only the process that was meant, not another that has its number by now", async () => {
    await using child = await startProgram(["sleep", "100000"]);
    const startTicks = startTicksOf(child.pid);
    expect(await host().kill({ pid: child.pid, startTicks: startTicks + 1 }, "KILL")).toBe("gone");
    expect(child.running).toBe(true);
    expect(await host().kill({ pid: child.pid, startTicks }, "KILL")).toBe("sent");
    expect(await child.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(await host().kill({ pid: child.pid, startTicks }, "KILL")).toBe("gone");
  });

  test("a signal to a group reaches what its leader started", async () => {
    await using directory = await temporaryDirectory("group");
    const pidPath = directory.file("pid");
    const leader = script(directory.file("leader"), `sleep 987 &\necho $! > ${pidPath}\nwait\n`);
    await using child = await startProgram(["setsid", "--wait", leader]);
    const pid = await waitFor(async () => ((await read(pidPath)) ?? "").trim(), { describe: "the grandchild" });
    const leaderPid = Number(/\) \S (\d+)/.exec((await read(`/proc/${pid}/stat`)) ?? "")?.[1]);
    expect(await host().kill({ pid: leaderPid, startTicks: startTicksOf(leaderPid), group: true }, "TERM")).toBe(
      "sent",
    );
    await child.exited;
    await waitFor(() => isOver(pid), { describe: "the end of the grandchild" });
  });
}
