import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { runProgram, startProgram, temporaryDirectory } from "@muster/testkit";
import type { Program, ProgramOptions, ProgramResult } from "@muster/testkit";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The lab's own side of its network: what listens here is reached by every host. */
export const LAB_ADDRESS = "10.99.0.1";

const script = join(import.meta.dirname, "lab.sh");
const relayScript = join(import.meta.dirname, "relay.ts");

/**
 * A machine with systemd, sshd and a disk, journal and network cable of its own. Its disk starts as a copy of this
 * machine's root, without /tmp and other mounts; the workspace is there, read only, at the same path.
 */
export interface LabHost {
  readonly name: string;
  readonly address: string;
  /** Runs a program as root, argument by argument; a code other than 0 is a result, 255 is ssh's own failure. */
  ssh(
    argv: readonly string[],
    options?: { readonly stdin?: string; readonly timeoutMs?: number },
  ): Promise<ProgramResult>;
  /** Runs a shell script as root and gives its standard output; throws when its code is not 0. */
  shell(text: string): Promise<string>;
  /** Pulls the cable: packets vanish, connections hang. */
  cut(): Promise<void>;
  /** Plugs the cable in again. */
  heal(): Promise<void>;
  /** Power loss: nothing is stopped in order; the disk and the journal stay. */
  crash(): Promise<void>;
  /** Orderly power-off. */
  down(): Promise<void>;
  /** Starts a host that is off, and waits until it answers. */
  boot(): Promise<void>;
  /** Waits until ssh answers, for 30 s at most. */
  ready(): Promise<void>;
  /** What it printed while booting. */
  console(): Promise<string>;
}

/** A way from the test's own 127.0.0.1 into the lab. */
export interface Forward extends AsyncDisposable {
  readonly host: "127.0.0.1";
  readonly port: number;
}

export interface Lab extends AsyncDisposable {
  /** Boots a host and waits until it answers. `diskSize`, such as `64m`, bounds its disk: ENOSPC for real. */
  up(name: string, options?: { readonly diskSize?: string }): Promise<LabHost>;
  /** Starts a program of this machine in the lab's network: the hub, an agent, a browser. */
  spawn(argv: readonly string[], options?: ProgramOptions): Promise<Program>;
  /** Makes an address inside, such as `10.99.0.1:8765`, reachable from the test. Nothing has to listen there yet. */
  forward(address: string): Promise<Forward>;
  /** The argument list that runs `argv` in the lab's network, for launchers that start programs themselves. */
  inside(argv: readonly string[]): readonly string[];
}

/**
 * Makes a lab; `await using lab = await startLab()` ends it with all that runs in it. It ends as well when the test
 * process does, however that happens, because the lab listens to a pipe from here. Needs root: ask `needs("systemd-host")`.
 */
export async function startLab(): Promise<Lab> {
  await using cleanup = new AsyncDisposableStack();
  const scratch = cleanup.use(await temporaryDirectory("lab"));
  const keeper = await startKeeper();
  cleanup.defer(() => keeper.end());
  const namespace = (kind: string): string => `/proc/${keeper.pid}/ns/${kind}`;
  const inside = (argv: readonly string[]): readonly string[] => [
    "nsenter",
    `--net=${namespace("net")}`,
    "--",
    ...argv,
  ];

  /** lab.sh sees the lab's mounts and processes, too. */
  const command = async (
    args: readonly string[],
    options: ProgramOptions & { timeoutMs?: number } = {},
  ): Promise<ProgramResult> =>
    runProgram(
      [
        "nsenter",
        `--mount=${namespace("mnt")}`,
        `--net=${namespace("net")}`,
        `--pid=${namespace("pid_for_children")}`,
        "--",
        script,
        ...args,
      ],
      { ...options, env: { MUSTER_LAB: String(keeper.pid) } },
    );
  const must = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await command(args);
    if (exitCode !== 0) throw new Error(`lab.sh ${args.join(" ")} failed (${exitCode}): ${stderr || stdout}`);
    return stdout;
  };

  const host = (name: string, address: string): LabHost => {
    const ssh: LabHost["ssh"] = (argv, options = {}) =>
      command(["ssh", name, argv.map(shellQuoted).join(" ")], options);
    const does = (verb: string) => async (): Promise<void> => void (await must(verb, name));
    return {
      name,
      address,
      ssh,
      async shell(text) {
        const { exitCode, stdout, stderr } = await ssh(["sh", "-c", text]);
        if (exitCode !== 0) throw new Error(`on ${name}: ${text}\nended with ${exitCode}: ${stderr || stdout}`);
        return stdout;
      },
      cut: does("cut"),
      heal: does("heal"),
      crash: does("crash"),
      down: does("down"),
      ready: does("ready"),
      async boot() {
        await must("boot", name);
        await must("ready", name);
      },
      console: () => must("console", name),
    };
  };

  const programs = cleanup.use(new AsyncDisposableStack());
  const start = async (argv: readonly string[], options: ProgramOptions = {}): Promise<Program> =>
    programs.use(await startProgram(inside(argv), options));

  let relay: Promise<string> | undefined;
  const startRelay = async (): Promise<string> => {
    const socketPath = scratch.file("relay.sock");
    const program = await start([process.execPath, relayScript, socketPath]);
    await program.says(/listening/);
    return socketPath;
  };

  let hosts = 0;
  const owned = cleanup.move();
  return {
    inside,
    spawn: start,
    async up(name, { diskSize } = {}) {
      const address = `10.99.0.${11 + hosts++}`;
      await must("up", name, address, ...(diskSize === undefined ? [] : [diskSize]));
      await must("ready", name);
      return host(name, address);
    },
    async forward(address) {
      relay ??= startRelay();
      return programs.use(await startForward(address, await relay));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The process that holds the lab's namespaces and ends them when its standard input ends. */
async function startKeeper(): Promise<{ readonly pid: number; end(): Promise<void> }> {
  const child = spawn(script, ["hold"], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  child.stdin.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const laidOut = await new Promise<boolean>((resolve, reject) => {
    lines.once("line", () => resolve(true));
    child.once("error", reject);
    child.once("close", () => resolve(false));
  });
  if (!laidOut || child.pid === undefined) throw new Error(`no lab could be made: ${complaint.trim()}`);
  return {
    pid: child.pid,
    async end() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function startForward(address: string, relaySocket: string): Promise<Forward> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const inner = connect({ path: relaySocket, allowHalfOpen: true });
    inner.write(`${address}\n`);
    for (const [from, to] of [
      [client, inner],
      [inner, client],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** ssh hands one string to the host's shell; quoted like this every argument arrives as it was. */
const shellQuoted = (argument: string): string => `'${argument.replaceAll("'", `'\\''`)}'`;
