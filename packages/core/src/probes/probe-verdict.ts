import { SampleList } from "../pull/reading.ts";
import type { Health } from "../services/service.ts";
import type { ProbeResult, ReportFact, ReportTable, ReportUnit, ReportValue } from "./probe-result.ts";

const BADNESS: Readonly<Record<Health, number>> = { healthy: 0, degraded: 1, unknown: 2, unhealthy: 3 };

/** Gathers what one run saw and what is wrong with it; the worst that was said is its health. */
export class ProbeVerdict {
  readonly #list = new SampleList();
  readonly #facts: ReportFact[] = [];
  readonly #tables: ReportTable[] = [];
  readonly #said: { readonly health: Health; readonly why: string }[] = [];

  /** The worst said so far. */
  get health(): Health {
    return this.#said.reduce<Health>(
      (worst, { health }) => (BADNESS[health] > BADNESS[worst] ? health : worst),
      "healthy",
    );
  }

  /** A number for history; one that is not there is left out. */
  sample(metric: string, value: number | null | undefined, labels?: Readonly<Record<string, string>>): void {
    this.#list.put(metric, value ?? undefined, labels);
  }

  fact(key: string, value: ReportValue | undefined, unit?: ReportUnit): void {
    this.#facts.push({ key, value: value ?? null, ...(unit !== undefined && { unit }) });
  }

  table(table: ReportTable): void {
    this.#tables.push(table);
  }

  degraded(why: string): void {
    this.#said.push({ health: "degraded", why });
  }

  /** Degraded when it took longer than asked for; `slowMs` 0: however long it takes is good. */
  judgeTime(tookMs: number, slowMs: number): void {
    if (slowMs > 0 && tookMs > slowMs) this.degraded(`${Math.round(tookMs)} ms instead of at most ${slowMs} ms`);
  }

  unhealthy(why: string): void {
    this.#said.push({ health: "unhealthy", why });
  }

  /** The probe itself could not look, such as for want of a right. */
  unknown(why: string): void {
    this.#said.push({ health: "unknown", why });
  }

  /** `seen`: in a few words what there was, for when all is well. `tookMs`: null where nothing answered. */
  result(tookMs: number | null, seen: string): ProbeResult {
    const worst = this.#said.toSorted((one, other) => BADNESS[other.health] - BADNESS[one.health]);
    return {
      health: this.health,
      detail: worst.length === 0 ? seen : worst.map(({ why }) => why).join("; "),
      tookMs,
      samples: this.#list.samples,
      report: { facts: this.#facts, tables: this.#tables },
    };
  }
}
