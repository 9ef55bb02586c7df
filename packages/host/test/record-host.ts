/**
 * Records what the collectors read on this machine, as a fixture: `node packages/host/test/record-host.ts DIRECTORY`.
 * Two looks five seconds apart; look at the result before it is committed, for it names hosts and addresses.
 */
import { mkdirSync, readFileSync, readdirSync, readlinkSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { dirname, join } from "node:path";
import { silentLogger } from "@muster/core";
import { COLLECTOR_KINDS, type FileSystemUsage, type Host, Readings, readFacts } from "../src/index.ts";

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: record-host.ts DIRECTORY");

const usage: Record<string, FileSystemUsage> = {};
const commands: Record<string, string> = {};
const firstLook = new Map<string, string>();
let layer = "root";

function keep(path: string, write: (target: string) => void): void {
  const target = join(directory ?? ".", layer, path);
  mkdirSync(dirname(target), { recursive: true });
  try {
    write(target);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  }
}

function attempt<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

const host: Host = {
  async readFile(path) {
    const text = attempt(() => readFileSync(path, "latin1"));
    if (text === undefined) return undefined;
    if (layer === "root") firstLook.set(path, text);
    if (layer === "root" || firstLook.get(path) !== text) keep(path, (target) => writeFileSync(target, text, "latin1"));
    return text;
  },
  async listDirectory(path) {
    const names = attempt(() => readdirSync(path).sort());
    if (names !== undefined) keep(join(path, ".gitkeep"), (target) => writeFileSync(target, ""));
    // Entries that nobody reads must still be listed.
    for (const name of names ?? []) {
      if (/^(?:loop|vd|sd|nvme|zram|dm-|md)/.test(name)) {
        keep(join(path, name, ".gitkeep"), (target) => writeFileSync(target, ""));
      }
    }
    return names;
  },
  async fileSystemUsage(path) {
    const found = attempt(() => statfsSync(path));
    if (found === undefined) return undefined;
    const { bsize, blocks, bfree, bavail, files, ffree } = found;
    return (usage[path] = {
      totalBytes: blocks * bsize,
      freeBytes: bfree * bsize,
      availableBytes: bavail * bsize,
      totalInodes: files,
      freeInodes: ffree,
    });
  },
  async readLink(path) {
    const link = attempt(() => readlinkSync(path));
    if (link !== undefined && layer === "root") keep(path, (target) => symlinkSync(link, target));
    return link;
  },
  async execute([program = "", ...rest]) {
    const stdout = execFileSync(program, rest, { encoding: "utf8", env: { LC_ALL: "C" } });
    commands[[program, ...rest].join(" ")] = stdout;
    return { exitCode: 0, stdout, stderr: "", truncated: false };
  },
};

const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs: number, fn: () => void) => {
    const timer = setTimeout(fn, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
const config = { mounts: "auto", hostRoot: "/" } as const;
const collectors = COLLECTOR_KINDS.map((kind) => kind.create(config, { host, clock, log: silentLogger }));
const signal = new AbortController().signal;
await readFacts(config, { host, clock });
for (const collector of collectors) await collector.collect(new Readings(), signal);
await host.execute(["/usr/bin/free", "-b"], { signal });
await host.execute(["/usr/bin/df", "-PB1"], { signal });
await wait(5_000);
layer = "next";
for (const collector of collectors) await collector.collect(new Readings(), signal);
writeFileSync(join(directory, "answers.json"), `${JSON.stringify({ usage, commands }, null, 2)}\n`);
