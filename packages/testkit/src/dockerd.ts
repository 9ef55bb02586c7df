import { symlinkSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { runProgram, startProgram } from "./program.ts";
import type { ProgramResult } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { waitFor } from "./wait-for.ts";

/** The image that every engine here has: busybox, made from this machine's own, without any download. */
export const BUSYBOX_IMAGE = "lab/busybox:1";
const APPLETS = ["sh", "sleep", "true", "false", "cat", "echo", "kill", "touch", "rm", "test", "seq", "date", "yes"];

/** A Docker engine of the test's own, without any network; ended with all its containers when its block ends. */
export interface Dockerd extends AsyncDisposable {
  readonly socketPath: string;
  readonly pid: number;
  /** Runs the `docker` program against it; any code is a result. */
  try(...args: readonly string[]): Promise<ProgramResult>;
  /** Runs the `docker` program against it and gives its trimmed output; throws when its code is not 0. */
  docker(...args: readonly string[]): Promise<string>;
}

/** Starts one. Needs root, docker.io and busybox-static: ask `needs("docker")`. */
export async function startDockerd(): Promise<Dockerd> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("docker"));
  const execRoot = directory.file("exec");
  // The engine leaves its mounts of network namespaces behind.
  cleanup.defer(
    async () => void (await runProgram(["umount", "-q", `${execRoot}/netns/default`]).catch(() => undefined)),
  );
  const socketPath = directory.file("docker.sock");
  const daemon = cleanup.use(
    await startProgram([
      "/usr/sbin/dockerd",
      `--data-root=${directory.file("data")}`,
      `--exec-root=${execRoot}`,
      `--pidfile=${directory.file("pid")}`,
      `--host=unix://${socketPath}`,
      "--bridge=none",
      "--iptables=false",
      "--ip6tables=false",
      // Without it the engine turns on forwarding for the whole machine.
      "--ip-forward=false",
    ]),
  );
  cleanup.defer(async () => void (await daemon.stop("SIGTERM", 20_000)));
  const run = (...args: readonly string[]): Promise<ProgramResult> =>
    runProgram(["docker", "--host", `unix://${socketPath}`, ...args]);
  const docker = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...args);
    if (exitCode !== 0) throw new Error(`docker ${args.join(" ")} ended with ${exitCode}: ${stderr.slice(-500)}`);
    return stdout.trim();
  };
  await waitFor(async () => !daemon.running || (await run("version")).exitCode === 0, {
    timeoutMs: 30_000,
    describe: () => `dockerd answers; it said ${daemon.output.slice(-2_000)}`,
  });
  if (!daemon.running) throw new Error(`dockerd ended: ${daemon.output.slice(-500)}`);
  cleanup.defer(async () => {
    const ids = (await docker("ps", "--all", "--quiet")).split("\n").filter(Boolean);
    if (ids.length > 0) await run("rm", "--force", ...ids);
  });
  await importBusybox(directory.file("image"), docker);
  const owned = cleanup.move();
  return { socketPath, pid: daemon.pid, try: run, docker, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function importBusybox(root: string, docker: Dockerd["docker"]): Promise<void> {
  await mkdir(`${root}/bin`, { recursive: true });
  await copyFile("/bin/busybox", `${root}/bin/busybox`);
  for (const applet of APPLETS) symlinkSync("busybox", `${root}/bin/${applet}`);
  const archive = `${root}.tar`;
  await runProgram(["tar", "--create", `--file=${archive}`, `--directory=${root}`, "."]);
  await docker("import", archive, BUSYBOX_IMAGE);
}
