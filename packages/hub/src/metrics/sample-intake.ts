import { labelsText } from "@muster/core";
import type { Instant, Labels } from "@muster/core";
import type { Ingest, IngestLayout } from "./ingest.ts";

/** One number of a server, under its stored name. */
export interface ReadSample {
  readonly metric: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** Sets of series that one server sends; few, because it sends the same ones each time. */
const LAYOUTS_MAX = 16;

/** Stores readings of one server that come as lists of numbers, by heartbeat or by looking. */
export class SampleIntake {
  readonly #serverId: string;
  readonly #ingest: Ingest;
  readonly #layouts = new Map<string, Promise<IngestLayout>>();

  constructor(serverId: string, ingest: Ingest) {
    this.#serverId = serverId;
    this.#ingest = ingest;
  }

  /** Durable when it resolves. `late` ones make history only. Throws STORAGE_FULL, STORAGE_FAILED, RATE_LIMITED. */
  async take(samples: readonly ReadSample[], at: Instant, late: boolean): Promise<void> {
    if (samples.length === 0) return;
    const layout = await this.#layout(samples);
    await this.#ingest.take({
      ...{ serverId: this.#serverId, receipt: undefined, layout, late, clockOffsetMs: 0 },
      rows: [[at, ...samples.map(({ value }) => value)]],
    });
  }

  #layout(samples: readonly ReadSample[]): Promise<IngestLayout> {
    const text = samples.map(({ metric, labels }) => `${metric}{${labelsText(labels ?? {})}}`).join("\n");
    const known = this.#layouts.get(text);
    if (known !== undefined) return known;
    if (this.#layouts.size >= LAYOUTS_MAX) this.#layouts.clear();
    const definitions = samples.map(({ metric, labels }) => (labels === undefined ? { metric } : { metric, labels }));
    const made = this.#ingest.layout(this.#serverId, definitions);
    this.#layouts.set(text, made);
    made.catch(() => this.#layouts.delete(text));
    return made;
  }
}
