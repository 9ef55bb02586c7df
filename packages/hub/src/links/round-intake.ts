import type { Round } from "@muster/host";
import type { SeriesDefinition } from "@muster/protocol";
import type { Ingest, IngestLayout } from "../metrics/ingest.ts";

/** Stores rounds of readings that the hub itself made on a server. */
export class RoundIntake {
  readonly #serverId: string;
  readonly #ingest: Ingest;
  /** A round's list of series is the same text as long as the set stays the same. */
  #layout: { readonly define: string; readonly made: Promise<IngestLayout> } | undefined;

  constructor(serverId: string, ingest: Ingest) {
    this.#serverId = serverId;
    this.#ingest = ingest;
  }

  /** Durable when it resolves. Throws STORAGE_FULL, STORAGE_FAILED, RATE_LIMITED. */
  async take({ define, rows }: Round): Promise<void> {
    await this.#ingest.take({
      ...{ serverId: this.#serverId, receipt: undefined, late: false, clockOffsetMs: 0 },
      layout: await this.#made(define),
      rows: JSON.parse(rows) as (number | null)[][],
    });
  }

  #made(define: string): Promise<IngestLayout> {
    if (this.#layout?.define === define) return this.#layout.made;
    const made = this.#ingest.layout(this.#serverId, JSON.parse(define) as SeriesDefinition[]);
    const layout = { define, made };
    this.#layout = layout;
    // Asked for again with the next round.
    made.catch(() => {
      if (this.#layout === layout) this.#layout = undefined;
    });
    return made;
  }
}
