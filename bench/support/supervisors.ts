import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AGENT_NODE_FLAGS } from "@muster/protocol";
import { runProgram } from "@muster/testkit";
import { rolldown } from "rolldown";

export const FLOOD_BYTES = 200_000_000;

/** A supervisor that runs `count` children, each of which writes its pid to `pidFile(n)` when it begins. */
export interface PeerSupervisor {
  readonly name: string;
  /** All processes that belong to the supervisor itself and not to the children. */
  pids(): readonly number[];
  /** Asks for the state of all and waits for the answer. */
  status(): Promise<void>;
  /** Starts the child that writes `FLOOD_BYTES`, and nothing else. */
  startFlood(): Promise<void>;
  /** Bytes of the flood's output that are in its log by now. */
  floodBytes(): number;
  stop(): Promise<void>;
}

export interface PeerDirectory {
  readonly path: string;
  readonly count: number;
  readonly pidFile: (index: number) => string;
}

export const childScript = (pidFile: string): string => `echo $$ > ${pidFile}; exec /bin/sleep 100000`;
const FLOOD = `yes 0123456789abcdef0123456789abcde | head -c ${FLOOD_BYTES}`;
const root = fileURLToPath(new URL("../../", import.meta.url));
const indexes = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const sizeOf = (directory: string, isLog: (name: string) => boolean): number =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter(isLog)
        .reduce((sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0)
    : 0;

export async function startMuster({ path, count, pidFile }: PeerDirectory): Promise<PeerSupervisor> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const definitions = join(path, "services.yaml");
  const services = [
    ...indexes(count).map((index) => ({
      name: `child-${index}`,
      command: ["/bin/sh", "-c", childScript(pidFile(index))],
    })),
    { name: "flood", autostart: false, command: ["/bin/sh", "-c", FLOOD], logs: { filesMax: 50 } },
  ];
  writeFileSync(definitions, JSON.stringify({ version: "1", services }), { mode: 0o600 });
  const program = await bundled(fileURLToPath(new URL("supervising-program.ts", import.meta.url)));
  const child = spawn(process.execPath, [...AGENT_NODE_FLAGS, program, join(path, "state"), definitions], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const ask = async (word: string): Promise<void> => {
    child.stdin.write(`${word}\n`);
    await lines.next();
  };
  const logs = join(path, "state/supervise/logs/process.flood");
  return {
    name: "muster",
    pids: () => [child.pid!],
    status: () => ask("status"),
    startFlood: () => ask("start flood"),
    // The live file is as long as everything that was ever written to it.
    floodBytes: () => sizeOf(logs, (name) => name.endsWith(".live")),
    async stop() {
      await ask("stop");
      await ended(child);
    },
  };
}

/** One file, as the agent is shipped: Node's stripping of types would cost memory, and with it time at each start of a child. */
async function bundled(program: string): Promise<string> {
  const file = join(root, "dist/bench/supervisor.mjs");
  const build = await rolldown({ input: program, platform: "node", logLevel: "silent" });
  await build.write({ file, codeSplitting: false });
  await build.close();
  return file;
}

export async function startSupervisord({ path, count, pidFile }: PeerDirectory): Promise<PeerSupervisor> {
  mkdirSync(path, { recursive: true });
  const programs = indexes(count).map(
    (index) => `[program:child-${index}]\ncommand=/bin/sh -c "${childScript(pidFile(index))}"\nautorestart=true\n`,
  );
  const config = join(path, "supervisord.conf");
  const socket = join(path, "s");
  const log = join(path, "flood");
  mkdirSync(log);
  writeFileSync(
    config,
    [
      `[supervisord]\nnodaemon=true\nlogfile=${path}/log\npidfile=${path}/pid\nchildlogdir=${path}\n`,
      `[unix_http_server]\nfile=${socket}\n[supervisorctl]\nserverurl=unix://${socket}\n`,
      "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
      ...programs,
      `[program:flood]\ncommand=/bin/sh -c "${FLOOD}"\nautostart=false\nautorestart=false\nstartsecs=0\n`,
      `stdout_logfile=${log}/out\nstdout_logfile_maxbytes=16MB\nstdout_logfile_backups=50\n`,
    ].join("\n"),
  );
  const child = spawn("/usr/bin/supervisord", ["-c", config], { stdio: "ignore" });
  const ctl = async (...args: readonly string[]): Promise<void> =>
    void (await runProgram(["/usr/bin/supervisorctl", "-c", config, ...args]));
  return {
    name: "supervisord",
    pids: () => [child.pid!],
    status: () => ctl("status"),
    startFlood: () => ctl("start", "flood"),
    floodBytes: () => sizeOf(log, () => true),
    async stop() {
      child.kill("SIGTERM");
      await ended(child);
    },
  };
}

export async function startRunit({ path, count, pidFile }: PeerDirectory): Promise<PeerSupervisor> {
  const services = join(path, "sv");
  const log = join(path, "flood-log");
  mkdirSync(log, { recursive: true });
  writeFileSync(join(log, "config"), "s16000000\nn50\n");
  const define = (name: string, script: string, more: (directory: string) => void = () => undefined): void => {
    const directory = join(services, name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "run"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    more(directory);
  };
  for (const index of indexes(count)) define(`child-${index}`, childScript(pidFile(index)));
  define("flood", FLOOD, (directory) => {
    writeFileSync(join(directory, "down"), "");
    mkdirSync(join(directory, "log"));
    writeFileSync(join(directory, "log/run"), `#!/bin/sh\nexec svlogd ${log}\n`, { mode: 0o755 });
  });
  const child = spawn("/usr/bin/runsvdir", ["-P", services], { stdio: "ignore" });
  const all = readdirSync(services).map((name) => join(services, name));
  return {
    name: "runit",
    pids: () => [child.pid!, ...childrenOf(child.pid!)],
    status: async () => void (await runProgram(["/usr/bin/sv", "status", ...all])),
    startFlood: async () => void (await runProgram(["/usr/bin/sv", "once", join(services, "flood")])),
    floodBytes: () => sizeOf(log, (name) => name === "current" || name.startsWith("@")),
    async stop() {
      await runProgram(["/usr/bin/sv", "force-shutdown", ...all]);
      // HUP: ends its runsv processes with it.
      child.kill("SIGHUP");
      await ended(child);
    },
  };
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);

async function ended(child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) await delay(20);
}
