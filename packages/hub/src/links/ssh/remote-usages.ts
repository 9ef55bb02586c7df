import { LOCAL_FILE_SYSTEM_TYPES } from "@muster/host";
import type { FileSystemUsage } from "@muster/host";
import { orAborted } from "./or-aborted.ts";
import { Places } from "@muster/node-kit";
import { parseUsage } from "./reader-answer.ts";
import type { Reply, UsageAnswer } from "./reader-answer.ts";
import type { RemotePrograms } from "./remote-programs.ts";
import { usageArgv } from "./remote-scripts.ts";

const STRANGERS_MAX = 2;
const NEVER = new AbortController().signal;

export interface RemoteUsagesDeps {
  readonly programs: RemotePrograms;
  /** Asks the reader. */
  readonly ask: (path: string) => Promise<Reply<"u">>;
}

/**
 * Space of a server's file systems. A dead network mount holds whoever asks for ever, so a stranger is asked by a program
 * of its own, and not again before that has answered; where the answer shows a local file system, the reader may ask.
 */
export class RemoteUsages {
  readonly #deps: RemoteUsagesDeps;
  readonly #strangers = new Places(STRANGERS_MAX);
  readonly #asking = new Map<string, Promise<FileSystemUsage | undefined>>();
  readonly #localPaths = new Set<string>();

  constructor(deps: RemoteUsagesDeps) {
    this.#deps = deps;
  }

  /** Undefined when it cannot be said, and when the signal aborts before. */
  async of(path: string, signal: AbortSignal): Promise<FileSystemUsage | undefined> {
    if (signal.aborted) return undefined;
    if (this.#localPaths.has(path)) {
      const reply = await this.#deps.ask(path);
      if (reply.is === "there") return this.#remember(path, reply.value);
    }
    let asking = this.#asking.get(path);
    if (asking === undefined) {
      asking = this.#askStranger(path).finally(() => this.#asking.delete(path));
      this.#asking.set(path, asking);
    }
    try {
      return await orAborted(asking, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  async #askStranger(path: string): Promise<FileSystemUsage | undefined> {
    const leave = await this.#strangers.take(NEVER);
    try {
      // Not ended by who asks: a program that hangs in a dead mount cannot be.
      const { stdout } = await this.#deps.programs.run(usageArgv(path), { signal: NEVER });
      return this.#remember(path, parseUsage(stdout.toString("latin1").trim()));
    } finally {
      leave();
    }
  }

  #remember(path: string, answer: UsageAnswer | undefined): FileSystemUsage | undefined {
    if (answer !== undefined && LOCAL_FILE_SYSTEM_TYPES.has(answer.type)) this.#localPaths.add(path);
    // Something else is mounted there by now: the next time it is asked as a stranger again.
    else this.#localPaths.delete(path);
    if (answer === undefined) return undefined;
    const { type: _, ...usage } = answer;
    return usage;
  }
}
