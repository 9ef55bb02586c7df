import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { ExecuteResult, FileSystemUsage, Host } from "../src/index.ts";

/** Answers of programs and of statfs that a tree of files cannot hold. */
export interface FixtureAnswers {
  readonly usage?: Readonly<Record<string, FileSystemUsage>>;
  /** By the whole command line. */
  readonly commands?: Readonly<Record<string, string>>;
}

/**
 * A machine as a tree of files: `root/` as it was first, `next/` with what had changed at the second look, and
 * `answers.json`. Symbolic links stand as they are and may point nowhere, so a missing directory of sysfs costs nothing.
 */
export class FixtureHost implements Host {
  readonly #layers: readonly string[];
  readonly #answers: FixtureAnswers;
  #isSecondLook = false;
  /** Every path asked for, to see what a collector costs. */
  readonly asked: string[] = [];

  constructor(directory: string) {
    this.#layers = [join(directory, "next"), join(directory, "root")];
    this.#answers = JSON.parse(readText(join(directory, "answers.json")) ?? "{}") as FixtureAnswers;
  }

  /** From now on files of `next/` go before those of `root/`. */
  lookAgain(): void {
    this.#isSecondLook = true;
  }

  async readFile(path: string): Promise<string | undefined> {
    this.asked.push(path);
    return this.#first((layer) => readText(join(layer, path)));
  }

  async listDirectory(path: string): Promise<readonly string[] | undefined> {
    const found = new Set<string>();
    let exists = false;
    for (const layer of this.#looked()) {
      for (const name of attempt(() => readdirSync(join(layer, path))) ?? []) found.add(name);
      exists ||= attempt(() => readdirSync(join(layer, path))) !== undefined;
    }
    // Git keeps no empty directories: a mark stands for what is there and empty.
    found.delete(".gitkeep");
    return exists ? [...found].sort() : undefined;
  }

  async fileSystemUsage(path: string): Promise<FileSystemUsage | undefined> {
    return this.#answers.usage?.[path];
  }

  async readLink(path: string): Promise<string | undefined> {
    return this.#first((layer) => attempt(() => readlinkSync(join(layer, path))));
  }

  async execute(argv: readonly string[]): Promise<ExecuteResult> {
    const stdout = this.#answers.commands?.[argv.join(" ")];
    if (stdout === undefined) throw new Error(`${argv[0]} is not installed`);
    return { exitCode: 0, stdout, stderr: "", truncated: false };
  }

  #looked(): readonly string[] {
    return this.#isSecondLook ? this.#layers : this.#layers.slice(1);
  }

  #first<Value>(look: (layer: string) => Value | undefined): Value | undefined {
    for (const layer of this.#looked()) {
      const found = look(layer);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const readText = (path: string): string | undefined => attempt(() => readFileSync(path, "latin1"));

function attempt<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
