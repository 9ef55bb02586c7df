import { mkdir, readFile, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { freePort } from "./free-port.ts";
import { runProgram, startProgram } from "./program.ts";
import type { Program } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface SshdUser {
  readonly name: string;
  /** 0 for root's rights. */
  readonly uid: number;
  /** The login shell, `/bin/sh` unless told. */
  readonly loginShell?: string;
  /** Without one there is only the key. */
  readonly password?: string;
  /** Files of the home directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface SshdOptions {
  /** Beside root, who is always there with `/bin/sh` and an empty home; or root otherwise. */
  readonly users?: readonly SshdUser[];
  /** Lines of its configuration; they win over those of this helper. */
  readonly config?: readonly string[];
  /** The program that `/bin/sh` is for its sessions: `/bin/busybox`, `/bin/bash`; the machine's own unless told. */
  readonly sh?: string;
  /** What sudo goes by there; ask `needs("sudo")`, too. */
  readonly sudoers?: string;
  /** Kinds of host keys that it has; ed25519 unless told. */
  readonly hostKeys?: readonly ("ed25519" | "ecdsa" | "rsa")[];
}

/** OpenSSH's own server on 127.0.0.1, with accounts of its own, ended with its sessions when its block ends. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  /** The private key with which every user may log in, in OpenSSH's format, and the file that holds it. */
  readonly privateKey: string;
  readonly keyPath: string;
  /** `SHA256:…` of a host key, as `ssh-keygen -l` says it. */
  fingerprint(kind: "ed25519" | "ecdsa" | "rsa"): Promise<string>;
  /** The main process; its sessions are its descendants. */
  readonly pid: number;
  /** Processes of its sessions, the oldest first. */
  sessions(): readonly number[];
  readonly output: string;
  /** Home of a user. */
  home(user: string): string;
  /** Kills it with all its sessions, as a power cut would. */
  cut(): Promise<void>;
  /** Starts it anew, at the same port, with the same keys and accounts, or with other host keys. */
  restart(newHostKeys?: "new-host-keys"): Promise<void>;
}

/**
 * Starts one. Needs root, util-linux and openssh-server: ask `needs("root", "sshd")`. Its accounts are files mounted
 * over /etc/passwd and /etc/shadow in a mount namespace of its own, so nothing of the machine changes.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("sshd"));
  // Users other than root reach their homes through it.
  await runProgram(["chmod", "0755", directory.path]);
  const kinds = options.hostKeys ?? ["ed25519"];
  const hostKey = (kind: string): string => directory.file(`host-${kind}`);
  const makeHostKeys = async (): Promise<void> => {
    for (const kind of kinds) await makeKey(kind, hostKey(kind));
  };
  await makeHostKeys();
  const keyPath = directory.file("key");
  await makeKey("ed25519", keyPath);

  const users = [{ name: "root", uid: 0 }, ...(options.users ?? [])].filter(
    ({ name }, index, all) => all.findLastIndex((user) => user.name === name) === index,
  );
  const home = (user: string): string => directory.file("home", user);
  const names = new Set(users.map(({ name }) => name));
  const others = (text: string): string[] =>
    text.split("\n").filter((line) => line !== "" && !names.has(line.split(":")[0] ?? ""));
  const passwd = others(await readFile("/etc/passwd", "utf8"));
  const shadow = others(await readFile("/etc/shadow", "utf8"));
  for (const { name, uid, loginShell = "/bin/sh", password, files = {} } of users as readonly SshdUser[]) {
    passwd.push(`${name}:x:${uid}:${uid}::${home(name)}:${loginShell}`);
    shadow.push(`${name}:${password === undefined ? "*" : await hashed(password)}:19000:0:99999:7:::`);
    await mkdir(home(name), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(`${home(name)}/${file}`, text);
    await runProgram(["chown", "-R", `${uid}:${uid}`, home(name)]);
  }
  await writeFile(directory.file("passwd"), `${passwd.join("\n")}\n`);
  await writeFile(directory.file("shadow"), `${shadow.join("\n")}\n`, { mode: 0o600 });
  if (options.sudoers !== undefined) await writeFile(directory.file("sudoers"), options.sudoers, { mode: 0o440 });
  const port = await freePort();
  const config = [
    ...(options.config ?? []),
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    ...kinds.map((kind) => `HostKey ${hostKey(kind)}`),
    `AuthorizedKeysFile ${keyPath}.pub`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin yes",
    "UseDNS no",
    "LogLevel VERBOSE",
  ];
  await writeFile(directory.file("config"), `${config.join("\n")}\n`);
  await runProgram(["mkdir", "-p", "/run/sshd"]);

  let server: Program | undefined;
  const start = async (): Promise<void> => {
    const program = [
      'mount --bind "$1/passwd" /etc/passwd',
      'mount --bind "$1/shadow" /etc/shadow',
      ...(options.sudoers === undefined ? [] : ['mount --bind "$1/sudoers" /etc/sudoers']),
      ...(options.sh === undefined ? [] : ['mount --bind "$2" /bin/sh']),
      'exec /usr/sbin/sshd -D -e -f "$1/config"',
    ].join(" && ");
    const args = [directory.path, options.sh ?? ""];
    const started = await startProgram(["unshare", "--mount", "--", "sh", "-c", program, "sh", ...args]);
    server = started;
    await started.says(/Server listening/);
  };
  const cut = async (): Promise<void> => {
    if (server === undefined) return;
    for (const pid of [server.pid, ...descendantsOf(server.pid)]) killNow(pid);
    await server.exited;
  };
  cleanup.defer(cut);
  await start();
  const owned = cleanup.move();
  return {
    port,
    privateKey: await readFile(keyPath, "utf8"),
    keyPath,
    home,
    cut,
    get pid() {
      return server?.pid ?? 0;
    },
    get output() {
      return server?.output ?? "";
    },
    sessions: () => descendantsOf(server?.pid ?? 0),
    async fingerprint(kind) {
      const { stdout } = await runProgram(["ssh-keygen", "-l", "-f", `${hostKey(kind)}.pub`]);
      return stdout.split(" ")[1] ?? "";
    },
    async restart(newHostKeys) {
      await cut();
      if (newHostKeys !== undefined) await makeHostKeys();
      await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function makeKey(kind: string, path: string): Promise<void> {
  await runProgram(["rm", "-f", path, `${path}.pub`]);
  const { exitCode, stderr } = await runProgram(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", path]);
  if (exitCode !== 0) throw new Error(`ssh-keygen ended with ${exitCode}: ${stderr}`);
}

async function hashed(password: string): Promise<string> {
  const { stdout } = await runProgram(["openssl", "passwd", "-6", "-stdin"], { stdin: `${password}\n` });
  return stdout.trim();
}

/** Children, their children and so on, parents first. */
function descendantsOf(pid: number): readonly number[] {
  const found: number[] = [];
  for (let waiting = [pid]; waiting.length > 0;) {
    const parent = waiting.shift()!;
    let children: number[] = [];
    try {
      children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8")
        .trim()
        .split(" ")
        .filter(Boolean)
        .map(Number);
    } catch {
      // It has ended.
    }
    found.push(...children);
    waiting = [...waiting, ...children];
  }
  return found;
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
