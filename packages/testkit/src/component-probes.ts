import { connect } from "node:net";
import { join } from "node:path";
import { BUSYBOX_IMAGE, startDockerd } from "./dockerd.ts";
import { freePort } from "./free-port.ts";
import { runProgram, startProgram } from "./program.ts";
import { nginxRtmpMissing } from "./nginx-rtmp.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { waitFor } from "./wait-for.ts";

/** Tries one component; gives the reason and the remedy when it does not work. What it throws is a reason, too. */
type Probe = () => Promise<string | undefined>;

/** Real things that tests can ask for. What is listed here is installed by `.ci/run`. */
export type Component =
  | "root"
  | "systemd-host"
  | "chromium"
  | "sshd"
  | "sudo"
  | "node-exporter"
  | "openssl"
  | "strace"
  | "loop-disk"
  | "docker"
  | "polkit"
  | "tmux"
  | "redis"
  | "postgres"
  | "mariadb"
  | "nginx"
  | "nginx-rtmp"
  | "ping";

export const PROBES: Readonly<Record<Component, Probe>> = {
  root: async () => (process.getuid?.() === 0 ? undefined : "not root"),
  "systemd-host": systemdHost,
  chromium,
  sshd,
  sudo: () => answers(["sudo", "--version"], "apt-get install sudo"),
  "node-exporter": nodeExporter,
  openssl: () => answers(["openssl", "version"], "apt-get install openssl"),
  strace: () => answers(["strace", "-f", "-qq", "-e", "inject=fsync:error=EIO", "true"], "apt-get install strace"),
  "loop-disk": loopDisk,
  docker,
  polkit: () => answers(["/usr/lib/polkit-1/polkitd", "--help"], "apt-get install polkitd"),
  tmux,
  redis: () => answers(["redis-server", "--version"], "apt-get install redis-server"),
  // Debian keeps it out of the way of PATH, by version.
  postgres: () => answers(["sh", "-c", "/usr/lib/postgresql/*/bin/postgres --version"], "apt-get install postgresql"),
  mariadb: () => answers(["mariadbd", "--version"], "apt-get install mariadb-server"),
  "nginx-rtmp": () => Promise.resolve(nginxRtmpMissing()),
  nginx: () => answers(["nginx", "-v"], "apt-get install nginx-light"),
  ping,
};

async function answers(argv: readonly string[], remedy: string): Promise<string | undefined> {
  const result = await runProgram(argv, { timeoutMs: 30_000 }).catch(() => undefined);
  if (result === undefined) return `${argv[0]} does not start; ${remedy}`;
  return result.exitCode === 0 ? undefined : `${argv[0]} ended with ${result.exitCode}: ${result.stderr.slice(-500)}`;
}

/** A file system of its own in a file. */
async function loopDisk(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "not root; run the tests as root";
  await using directory = await temporaryDirectory("loop-disk");
  const [image, mountPoint] = [directory.file("image"), directory.file("disk")];
  for (const argv of [
    ["truncate", "--size=8M", image],
    ["mkfs.ext4", "-q", image],
    ["mkdir", mountPoint],
    ["mount", "-o", "loop", image, mountPoint],
    ["umount", mountPoint],
  ]) {
    const why = await answers(argv, "apt-get install e2fsprogs mount");
    if (why !== undefined) return why;
  }
  return undefined;
}

/** A whole host through boot, cut, crash and end; some five seconds. */
async function systemdHost(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "not root; run the tests as root";
  const lab = join(import.meta.dirname, "../../../e2e/lab/lab.sh");
  const { exitCode, stderr } = await runProgram([lab, "selftest"], { timeoutMs: 60_000 });
  return exitCode === 0 ? undefined : stderr.trim().slice(-500);
}

async function chromium(): Promise<string | undefined> {
  await using profile = await temporaryDirectory("chromium");
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
  const { exitCode, stdout, stderr } = await runProgram(
    ["/usr/bin/chromium", ...flags, `--user-data-dir=${profile.path}`, "--dump-dom", "data:text/html,<p>sound</p>"],
    { timeoutMs: 60_000 },
  );
  if (exitCode === 127) return "chromium is not installed; apt-get install chromium";
  return exitCode === 0 && stdout.includes("sound")
    ? undefined
    : `chromium shows nothing (${exitCode}): ${stderr.slice(-500)}`;
}

async function sshd(): Promise<string | undefined> {
  await using directory = await temporaryDirectory("sshd");
  const key = directory.file("key");
  const made = await answers(
    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key],
    "apt-get install openssh-client",
  );
  if (made !== undefined) return made;
  const port = await freePort();
  const options = ["PidFile=none", "UsePAM=no", "StrictModes=no", `ListenAddress=127.0.0.1:${port}`].flatMap((o) => [
    "-o",
    o,
  ]);
  // It refuses to start without its directory for separated privileges, which Debian makes at boot only.
  await runProgram(["mkdir", "-p", "/run/sshd"]);
  await using server = await startProgram(["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-h", key, ...options]);
  await waitFor(() => !server.running || greets(port, "SSH-2.0"), {
    describe: () => `sshd answers; it said ${server.output}`,
  });
  return server.running ? undefined : `sshd ended: ${server.output.slice(-500)}; apt-get install openssh-server`;
}

async function nodeExporter(): Promise<string | undefined> {
  const port = await freePort();
  await using server = await startProgram(["prometheus-node-exporter", `--web.listen-address=127.0.0.1:${port}`]);
  await waitFor(async () => !server.running || (await fetch(`http://127.0.0.1:${port}/metrics`)).ok, {
    describe: () => `node-exporter answers; it said ${server.output}`,
  });
  return server.running ? undefined : "it does not start; apt-get install prometheus-node-exporter";
}

/** A container through its life; some three seconds. */
async function docker(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "not root; run the tests as root";
  const remedy = "apt-get install docker.io busybox-static iptables";
  for (const argv of [
    ["/usr/sbin/dockerd", "--version"],
    ["/bin/busybox", "true"],
  ]) {
    const why = await answers(argv, remedy);
    if (why !== undefined) return why;
  }
  await using engine = await startDockerd();
  const said = await engine.docker("run", "--rm", "--network=none", BUSYBOX_IMAGE, "echo", "sound");
  return said === "sound" ? undefined : `a container says "${said}"; ${remedy}`;
}

/** Both implementations that are read. */
async function ping(): Promise<string | undefined> {
  for (const program of [["ping"], ["/usr/bin/busybox", "ping"]]) {
    const why = await answers(
      [...program, "-n", "-q", "-c", "1", "-W", "2", "127.0.0.1"],
      "apt-get install iputils-ping libcap2-bin busybox-static",
    );
    if (why !== undefined) return why;
  }
  return undefined;
}

async function tmux(): Promise<string | undefined> {
  await using directory = await temporaryDirectory("tmux");
  const own = ["tmux", "-S", directory.file("socket"), "-f", "/dev/null"];
  const why = await answers([...own, "new-session", "-d", "-s", "probe", "sleep 1000"], "apt-get install tmux");
  return why ?? answers([...own, "kill-server"], "apt-get install tmux");
}

/** Whether a TCP server begins with these words. */
function greets(port: number, words: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1").setEncoding("latin1").setTimeout(1_000);
    const end = (isGreeting: boolean): void => {
      socket.destroy();
      resolve(isGreeting);
    };
    socket.once("data", (text: string) => end(text.startsWith(words)));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
