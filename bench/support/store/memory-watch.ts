import { readFileSync } from "node:fs";
import { processCost } from "../process-cost.ts";
import type { MemoryPeak } from "./store-figures.ts";

const EVERY_MS = 500;

/** Watches the memory of a process until it is stopped. Resident memory is the kernel's own peak. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #peak: MemoryPeak = { residentBytes: 0, pssBytes: 0, anonymousBytes: 0 };

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  stop(): MemoryPeak {
    clearInterval(this.#timer);
    return this.#peak;
  }

  #look(): void {
    try {
      const { pssBytes, anonymousBytes } = processCost(this.#pid);
      const status = readFileSync(`/proc/${this.#pid}/status`, "utf8");
      this.#peak = {
        residentBytes: Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1]) * 1_024,
        pssBytes: Math.max(pssBytes, this.#peak.pssBytes),
        anonymousBytes: Math.max(anonymousBytes, this.#peak.anonymousBytes),
      };
    } catch {
      // The process has ended; what was seen before stands.
    }
  }
}
