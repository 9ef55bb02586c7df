import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { isMusterError } from "@muster/core";
import { needs, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import type { UploadedFile } from "../src/links/ssh/ssh-host.ts";
import { hostOf, never, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");

const fileOf = (bytes: Uint8Array, mode = "0644"): UploadedFile => ({
  ...{ bytes: bytes.length, mode },
  sha256: createHash("sha256").update(bytes).digest("hex"),
  *open() {
    for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
  },
});

describeSsh("files put on a server", () => {
  test("[DP6] a file arrives whole with its mode, in a directory that is made, and another one takes its place", async () => {
    await using sshd = await startSshd();
    await using directory = await temporaryDirectory("upload");
    using server = hostOf(await targetOf(sshd));
    const path = directory.file("a b", "it's", "agent.mjs");
    const bytes = randomBytes(9_000_000);
    await server.host.upload(path, fileOf(bytes, "0755"), never);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect((await stat(directory.file("a b"))).mode & 0o777).toBe(0o755);
    await server.host.upload(path, fileOf(Buffer.alloc(0)), never);
    expect((await stat(path)).size).toBe(0);
    expect(await readdir(directory.file("a b", "it's"))).toEqual(["agent.mjs"]);
  });

  test("[DP6] what came otherwise than it was sent, or in part, leaves what was there before, and nothing else", async () => {
    await using sshd = await startSshd();
    await using directory = await temporaryDirectory("upload");
    using server = hostOf(await targetOf(sshd));
    const path = directory.file("agent.mjs");
    await server.host.upload(path, fileOf(Buffer.from("before")), never);
    const other = fileOf(Buffer.from("after!"));
    await expect(server.host.upload(path, { ...other, sha256: "0".repeat(64) }, never)).rejects.toThrow(
      /something else/,
    );
    await expect(server.host.upload(path, { ...other, bytes: 7 }, never)).rejects.toThrow(/not all of it/);
    const broken = {
      ...other,
      *open(): Generator<Uint8Array> {
        yield Buffer.from("aft");
        throw new Error("the hub's disk");
      },
    };
    await expect(server.host.upload(path, broken, never)).rejects.toThrow("the hub's disk");
    await waitFor(async () => (await readdir(directory.path)).length === 1, { describe: "nothing else is left" });
    expect(await readFile(path, "utf8")).toBe("before");
  });

  test.for(["connection", "server"] as const)(
    "[DP6] a %s that ends in the middle leaves nothing that lasts",
    async (what) => {
      await using sshd = await startSshd();
      await using directory = await temporaryDirectory("upload");
      using server = hostOf(await targetOf(sshd));
      const path = directory.file("agent.mjs");
      async function* open(): AsyncGenerator<Uint8Array> {
        yield randomBytes(60_000);
        await waitFor(async () => (await readdir(directory.path)).length === 1, { describe: "it has begun" });
        if (what === "server") await sshd.cut();
        else server.line.close();
        yield randomBytes(60_000);
      }
      const failed = await server.host
        .upload(path, { ...fileOf(randomBytes(120_000)), open }, never)
        .catch((error: unknown) => error);
      expect(isMusterError(failed)).toBe(true);
      if (what === "server") {
        await sshd.restart();
        using again = hostOf(await targetOf(sshd));
        await again.host.upload(path, fileOf(Buffer.from("after")), never);
        expect(await readdir(directory.path)).toEqual(["agent.mjs"]);
      } else await waitFor(async () => (await readdir(directory.path)).length === 0, { describe: "the part is gone" });
    },
  );

  test("a place that cannot be written to is said with what the server says of it", async () => {
    await using sshd = await startSshd();
    using server = hostOf(await targetOf(sshd));
    await expect(server.host.upload("/proc/none/agent.mjs", fileOf(Buffer.from("x")), never)).rejects.toThrow(
      /directory cannot be made.*No such file/,
    );
    await expect(server.host.upload("/dev/full/x", fileOf(Buffer.from("x")), never)).rejects.toThrow(/cannot be made/);
  });

  test("a program is fed to its end, and a fed one is ended with its signal", async () => {
    await using sshd = await startSshd();
    using server = hostOf(await targetOf(sshd));
    const fed = await server.host.feed(["/usr/bin/wc", "-c"], [Buffer.from("secret")], { signal: never });
    expect(fed).toMatchObject({ exitCode: 0, stdout: "6\n" });
    // It does not read what it is given, which holds nobody up.
    const big = Array.from({ length: 100 }, () => Buffer.alloc(65_536));
    expect(await server.host.feed(["/bin/true"], big, { signal: never })).toMatchObject({ exitCode: 0 });
    const stop = new AbortController();
    const hanging = server.host.feed(["/bin/sleep", "98766"], [], { signal: stop.signal }).catch((error) => error);
    const running = async (): Promise<string> =>
      (await server.host.execute(["/bin/sh", "-c", "pgrep -xf '/bin/sleep 98766' || true"], { signal: never })).stdout;
    await waitFor(async () => (await running()) !== "", { describe: "it runs" });
    stop.abort(new Error("enough"));
    expect((await hanging).message).toBe("enough");
    await waitFor(async () => (await running()) === "", { describe: "it has ended" });
  });
});
