import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startProgram, temporaryDirectory } from "@muster/testkit";
import type { Program, TemporaryDirectory } from "@muster/testkit";
import { expect } from "vitest";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions, CommandLineResult } from "./command-line.ts";

const PASSWORD = "a password for tests";
/** The program, as the sources are. */
export const MAIN = join(import.meta.dirname, "../src/main.ts");

/** A real hub as a process of its own, and what an administrator does with it by the command line. */
export class RealHub implements AsyncDisposable {
  readonly directory: TemporaryDirectory;
  #port = 0;
  #hub: Program | undefined;

  protected constructor(directory: TemporaryDirectory) {
    this.directory = directory;
  }

  static async open(): Promise<RealHub> {
    const hub = new RealHub(await temporaryDirectory("hub"));
    await hub.begin();
    return hub;
  }

  /** Starts it for the first time, and signs in. */
  protected async begin(): Promise<void> {
    writeFileSync(this.directory.file("password"), PASSWORD, { mode: 0o600 });
    await this.startHub();
    expect((await this.say(["login", "--name", "admin"], { answers: [PASSWORD] })).code).toBe(0);
  }

  async startHub(...more: readonly string[]): Promise<void> {
    const { directory } = this;
    const listen = `127.0.0.1:${this.#port}`;
    const settings = ["--data-dir", directory.file("data"), "--kek-file", directory.file("kek"), "--listen", listen];
    this.#hub = await startProgram([process.execPath, MAIN, "hub", ...settings, "--interval-ms", "1000", ...more], {
      env: { MUSTER_ADMIN_USER: "admin", MUSTER_ADMIN_PASSWORD_FILE: directory.file("password") },
    });
    const [, port] = await this.#hub.says(/Muster listens on http:\/\/127\.0\.0\.1:(\d+)/);
    this.#port = Number(port);
  }

  async stopHub(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#hub?.stop(signal);
  }

  say(argv: readonly string[], more: CommandLineOptions = {}): Promise<CommandLineResult> {
    const env = { MUSTER_URL: `http://127.0.0.1:${this.#port}` };
    return commandLine(argv, { env, homeDirectory: this.directory.file("home"), ...more });
  }

  /** One request to the API with the token of the command line, or another one. */
  async ask(
    method: string,
    path: string,
    body: object,
    token = this.#token(),
  ): Promise<{ readonly status: number; readonly text: string }> {
    const url = `http://127.0.0.1:${this.#port}`;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
    return { status: answer.status, text: await answer.text() };
  }

  async json<T>(...argv: string[]): Promise<T> {
    const { code, output, errors } = await this.say([...argv, "--json"]);
    expect(code, errors).toBe(0);
    return JSON.parse(output) as T;
  }

  #token(): string {
    const kept = readFileSync(this.directory.file("home", ".config", "muster", "credentials.json"), "utf8");
    return /msa1\.[\w.-]+/.exec(kept)![0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopHub();
    await this.directory[Symbol.asyncDispose]();
  }
}
