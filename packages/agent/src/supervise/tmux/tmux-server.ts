import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Exit } from "@muster/core";

const TMUX = "/usr/bin/tmux";
const SERVER = "muster";
const TIMEOUT_MS = 10_000;
/** sun_path of a Unix socket, with its end. */
const SOCKET_PATH_BYTES_MAX = 107;
const DIED = "muster-pane-died";
const HISTORY_LINES = 5_000;

/** One session of our server: each has one window with one pane. */
export interface TmuxPane {
  readonly session: string;
  readonly pid: number;
  /** Its program has ended. */
  readonly isDead: boolean;
  /** How it ended; undefined while it runs, and as long as tmux does not know. */
  readonly exit: Exit | undefined;
}

/**
 * A tmux server of Muster's own, apart from those of people. What it is told goes through a private file that it reads
 * itself, so that no variable of an environment ever stands in a command line.
 */
export class TmuxServer {
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(directory: string) {
    this.#directory = directory;
    this.#environment = {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      TMUX_TMPDIR: directory,
      SHELL: "/bin/sh",
      HOME: directory,
    };
  }

  async problem(): Promise<string | undefined> {
    const socket = join(this.#directory, `tmux-${process.getuid?.() ?? 0}`, SERVER);
    if (Buffer.byteLength(socket) > SOCKET_PATH_BYTES_MAX) return `the path of its socket is too long: ${socket}`;
    try {
      await this.#run(["-V"]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Starts a session; its program is executed as it is, without a shell. Rejects with tmux's own words. */
  async newSession(name: string, { argv, environment, directory }: NewSession): Promise<void> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const variables = Object.entries(environment).flatMap(([variable, value]) => ["-e", `${variable}=${value}`]);
    // One word alone would be given to a shell.
    const command = argv.length === 1 ? ["/usr/bin/nice", "-n", "0", "--", ...argv] : argv;
    const path = `/${directory.slice(1).replaceAll("#", "##")}`;
    const script = [
      ["set-option", "-s", "exit-empty", "off"],
      ["set-option", "-g", "remain-on-exit", "on"],
      ["set-option", "-g", "history-limit", String(HISTORY_LINES)],
      ["set-option", "-g", "update-environment", ""],
      ["set-hook", "-g", "pane-died", `wait-for -S ${DIED}`],
      ["new-session", "-d", "-s", name, "-x", "200", "-y", "50", "-c", path, ...variables, "--", ...command],
    ];
    const file = join(this.#directory, `start.${name}`);
    writeFileSync(file, script.map((words) => `${words.map(quoted).join(" ")}\n`).join(""), { mode: 0o600 });
    try {
      await this.#run(["start-server", ";", "source-file", file]);
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** No server is no session. */
  async panes(): Promise<readonly TmuxPane[]> {
    const fields = ["session_name", "pane_pid", "pane_dead", "pane_dead_status", "pane_dead_signal"];
    const format = fields.map((field) => `#{${field}}`).join("\t");
    const output = await this.#run(["list-panes", "-a", "-F", format]).catch(() => "");
    return output.split("\n").flatMap((line): readonly TmuxPane[] => {
      const [session = "", pid = "", dead, status = "", signal = ""] = line.split("\t");
      if (session === "" || !/^\d+$/.test(pid)) return [];
      return [{ session, pid: Number(pid), isDead: dead === "1", exit: exitOf(status, signal) }];
    });
  }

  /**
   * Makes tmux look which of its programs have ended: of several that end at once it can miss one (seen with 3.3a), whose
   * exit it then does not know before the next program ends. So one ends.
   */
  async collectEnded(): Promise<void> {
    await this.#run(["run-shell", "-b", "true"]).catch(() => "");
  }

  /** Names of keys, or text for what is none; without a shell and without options. */
  async type(name: string, keys: string): Promise<void> {
    await this.#run(["send-keys", "-t", `=${name}:`, "--", ...keys.split(" ")]);
  }

  /** The last lines on the screen and above it, wrapped ones joined; empty without such a session. */
  async capture(name: string, linesMax: number): Promise<string> {
    const from = `-${Math.min(Math.max(linesMax, 0), HISTORY_LINES)}`;
    return this.#run(["capture-pane", "-p", "-J", "-S", from, "-t", `=${name}:`]).catch(() => "");
  }

  async kill(name: string): Promise<void> {
    await this.#run(["kill-session", "-t", `=${name}`]).catch(() => "");
  }

  /** A program that ends when a pane dies the next time, or has died since the last one ended. */
  waitForDeath(): ChildProcess {
    return spawn(TMUX, [...this.#server(), "wait-for", DIED], { env: this.#environment, stdio: "ignore" });
  }

  /** Ends those that an agent before this one left waiting. */
  async wakeWaiting(): Promise<void> {
    await this.#run(["wait-for", "-S", DIED]).catch(() => "");
  }

  #server(): readonly string[] {
    return ["-L", SERVER, "-f", "/dev/null"];
  }

  #run(args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { env: this.#environment, timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 };
      execFile(TMUX, [...this.#server(), ...args], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`tmux: ${stderr.trim() || error.message}`, { cause: error }));
      });
    });
  }
}

export interface NewSession {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** A word for tmux's own language: whatever it could read as anything else is given by its number. */
function quoted(word: string): string {
  const safe = [...Buffer.from(word)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_/.=:,+@%-]/.test(character) ? character : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"${safe.join("")}"`;
}

/** Undefined until tmux has collected its child, which it may do a moment after it shows the pane as dead. */
function exitOf(status: string, signal: string): Exit | undefined {
  if (status === "" && signal === "") return undefined;
  const number = Number(signal);
  const name = Object.entries(constants.signals).find(([, each]) => each === number)?.[0];
  if (signal !== "" && number > 0) return { code: null, signal: name ?? `signal ${signal}`, detail: "" };
  return { code: status === "" ? null : Number(status), signal: null, detail: "" };
}
