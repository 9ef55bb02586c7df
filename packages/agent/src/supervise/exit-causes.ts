import { readFileSync } from "node:fs";
import type { Exit } from "@muster/core";

/**
 * Tells a kill for lack of memory from one by a person: the kernel counts the former. It does not say whom, so the words
 * are careful.
 */
export class ExitCauses {
  readonly #count: () => number;
  /** The count at the last look and at the one before: an end may be told only after the look that follows the kill. */
  #counts: readonly [before: number, last: number];

  constructor(count: () => number = oomKillCount) {
    this.#count = count;
    this.#counts = [count(), count()];
  }

  /** Called every few seconds: what the kernel did long before explains no end that comes now. */
  look(): void {
    this.#counts = [this.#counts[1], this.#count()];
  }

  explain(exit: Exit): Exit {
    if (exit.signal !== "SIGKILL" || exit.detail !== "") return exit;
    const [before] = this.#counts;
    const now = this.#count();
    this.#counts = [now, now];
    return now > before ? { ...exit, detail: "out of memory: the kernel ended a process for it" } : exit;
  }
}

function oomKillCount(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
