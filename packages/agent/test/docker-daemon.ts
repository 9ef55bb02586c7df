import { mkdirSync, symlinkSync, copyFileSync } from "node:fs";
import { runProgram, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";

/** A Docker of the test's own, with one image: busybox. */
export interface DockerDaemon extends AsyncDisposable {
  readonly socketPath: string;
  /** Runs the client; throws with what it said when it fails. */
  run(...args: readonly string[]): Promise<string>;
}

export const IMAGE = "lab/bb:1";
const APPLETS = ["sh", "sleep", "cat", "echo", "printf", "seq", "yes", "head", "true"];

export async function startDocker(): Promise<DockerDaemon> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("docker"));
  const socketPath = directory.file("s");
  const daemon = await startProgram([
    "/usr/sbin/dockerd",
    `--data-root=${directory.file("data")}`,
    `--exec-root=${directory.file("exec")}`,
    `--pidfile=${directory.file("pid")}`,
    ...["-H", `unix://${socketPath}`, "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"],
  ]);
  cleanup.defer(async () => {
    await daemon.stop("SIGTERM", 15_000);
    await runProgram(["umount", directory.file("exec", "netns", "default")]).catch(() => undefined);
  });
  const run: DockerDaemon["run"] = async (...args) => {
    const { exitCode, stdout, stderr } = await runProgram(["docker", "-H", `unix://${socketPath}`, ...args], {
      timeoutMs: 30_000,
    });
    if (exitCode !== 0) throw new Error(`docker ${args[0]}: ${stderr}`);
    return stdout.trim();
  };
  await waitFor(() => run("version"), {
    timeoutMs: 20_000,
    describe: () => `dockerd answers; ${daemon.output.slice(-800)}`,
  });
  mkdirSync(directory.file("bb", "bin"), { recursive: true });
  copyFileSync("/usr/bin/busybox", directory.file("bb", "bin", "busybox"));
  for (const name of APPLETS) symlinkSync("busybox", directory.file("bb", "bin", name));
  const tar = await runProgram(["tar", "-C", directory.file("bb"), "-cf", directory.file("image.tar"), "."]);
  if (tar.exitCode !== 0) throw new Error(tar.stderr);
  await run("import", directory.file("image.tar"), IMAGE);
  const owned = cleanup.move();
  return {
    socketPath,
    run,
    async [Symbol.asyncDispose]() {
      // Containers outlive their daemon otherwise.
      const ids = (await run("ps", "-aq")).split("\n").filter(Boolean);
      if (ids.length > 0) await run("rm", "-f", ...ids);
      await owned[Symbol.asyncDispose]();
    },
  };
}
