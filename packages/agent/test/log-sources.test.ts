import { appendFileSync, copyFileSync, existsSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { logReader } from "@muster/host";
import type { PaneCaptures, SupervisedPart } from "@muster/host";
import { systemClock } from "@muster/node-kit";
import { runProgram, temporaryDirectory } from "@muster/testkit";
import { LocalHost } from "../src/local-host.ts";
import { logSourceContract } from "./log-source.contract.ts";

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

function moveChain(path: string): void {
  for (let number = 8; number > 0; number--)
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
}

async function fileFixture(rotate: (path: string) => void) {
  const directory = await temporaryDirectory("file-log");
  const path = directory.file("app.log");
  writeFileSync(path, "");
  const host = new LocalHost(systemClock);
  return {
    reader: () => logReader({ host, clock: systemClock }),
    source: { driver: "file", name: path } as const,
    write: async (...lines: readonly string[]) => appendFileSync(path, text(lines)),
    moveOn: async () => rotate(path),
    async [Symbol.asyncDispose]() {
      host.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

logSourceContract("a file that is rotated by renaming", () =>
  fileFixture((path) => {
    moveChain(path);
    renameSync(path, `${path}.1`);
    writeFileSync(path, "");
  }),
);

logSourceContract("a file that is rotated by copying and emptying", () =>
  fileFixture((path) => {
    moveChain(path);
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
  }),
);

logSourceContract("a process that the agent supervises", async () => {
  const directory = await temporaryDirectory("supervised-log");
  const host = new LocalHost(systemClock);
  const live = directory.file("out.log");
  writeFileSync(live, "");
  const aside: SupervisedPart[] = [];
  /** What of the next line was written before the file was put aside. */
  let begun = "";
  const parts = async (): Promise<readonly SupervisedPart[]> => {
    const fromByte = aside.at(-1)?.toByte ?? 0;
    return [...aside, { path: live, fromByte, toByte: fromByte + statSync(live).size }];
  };
  return {
    reader: () => logReader({ host, clock: systemClock, supervised: { parts } }),
    source: { driver: "process", name: "app" } as const,
    async write(...lines: readonly string[]) {
      appendFileSync(live, text(lines).slice(begun.length));
      begun = "";
    },
    async moveOn() {
      // In the middle of a line, as a limit in bytes would.
      begun = "li";
      appendFileSync(live, begun);
      const last = (await parts()).at(-1)!;
      const path = directory.file(`out.log.${last.fromByte}`);
      renameSync(live, path);
      aside.push({ ...last, path });
      writeFileSync(live, "");
    },
    async [Symbol.asyncDispose]() {
      host.close();
      await directory[Symbol.asyncDispose]();
    },
  };
});

logSourceContract("a tmux session", async () => {
  const directory = await temporaryDirectory("tmux-log");
  const host = new LocalHost(systemClock);
  const tmux = (...args: readonly string[]) =>
    runProgram(["tmux", "-L", "logs", "-f", "/dev/null", ...args], { env: { TMUX_TMPDIR: directory.path } });
  const path = directory.file("lines");
  writeFileSync(path, "");
  await tmux("new-session", "-d", "-x", "200", "-y", "50", "-s", "app", "tail", "-n", "+1", "-f", path);
  const panes: PaneCaptures = {
    async capture() {
      const { exitCode, stdout } = await tmux("capture-pane", "-p", "-J", "-S", "-5000", "-t", "=app:");
      return exitCode === 0 ? stdout.split("\n").map((line) => line.trimEnd()) : undefined;
    },
  };
  return {
    reader: () => logReader({ host, clock: systemClock, panes }),
    source: { driver: "tmux", name: "app" } as const,
    async write(...lines: readonly string[]) {
      appendFileSync(path, text(lines));
      const last = (lines.at(-1) ?? "").slice(-4);
      for (let tries = 0; tries < 200; tries++)
        if ((await panes.capture("app", AbortSignal.timeout(5_000)))?.join("\n").includes(last)) return;
      throw new Error("the session does not show what was written");
    },
    moveOn: async () => undefined,
    async [Symbol.asyncDispose]() {
      await tmux("kill-server");
      host.close();
      await directory[Symbol.asyncDispose]();
    },
  };
});
