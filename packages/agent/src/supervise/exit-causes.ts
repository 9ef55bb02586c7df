import { readFileSync } from "node:fs";
import type { Exit } from "@muster/core";

/**
 * Tells a kill for lack of memory from one by a person: the kernel counts the former. It does not say whom, so the words
 * are careful.
 */
export class ExitCauses {
  #oomKills = oomKillCount();

  explain(exit: Exit): Exit {
    if (exit.signal !== "SIGKILL" || exit.detail !== "") return exit;
    const before = this.#oomKills;
    this.#oomKills = oomKillCount();
    return this.#oomKills > before ? { ...exit, detail: "out of memory: the kernel ended a process for it" } : exit;
  }
}

function oomKillCount(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
