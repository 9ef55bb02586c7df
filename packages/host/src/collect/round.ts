import type { Instant } from "@muster/core";
import type { SeriesDefinition } from "@muster/protocol";
import type { Block } from "./block.ts";

/** Readings of one round, ready to be sent or stored: texts, so that neither way has to make them again. */
export interface Round {
  /** JSON list of series. The same text object as long as the set of series stays the same. */
  readonly define: string;
  /** JSON list of rows, `[[epoch ms, value or null …]]`. */
  readonly rows: string;
  readonly at: Instant;
  /** Values that are not null. */
  readonly samples: number;
}

/** Joins the blocks of all collectors to one row. */
export class RoundWriter {
  readonly #blocks: readonly Block[];
  #versions: number[] = [];
  #define = "[]";

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
  }

  /** The round's row; undefined when nothing was read. */
  write(at: Instant): Round | undefined {
    if (this.#hasChanged()) this.#defineAnew();
    let row = `[[${at}`;
    let samples = 0;
    for (const block of this.#blocks) {
      for (const value of block.values) {
        row += value === null ? ",null" : `,${value}`;
        if (value !== null) samples++;
      }
    }
    return samples === 0 ? undefined : { define: this.#define, rows: `${row}]]`, at, samples };
  }

  #hasChanged(): boolean {
    return this.#blocks.some((block, index) => this.#versions[index] !== block.version);
  }

  #defineAnew(): void {
    this.#versions = this.#blocks.map((block) => block.version);
    const definitions = this.#blocks.flatMap((block) =>
      block.series.map(({ metric, labels }): SeriesDefinition =>
        Object.keys(labels).length === 0 ? { metric } : { metric, labels },
      ),
    );
    this.#define = JSON.stringify(definitions);
  }
}
