import type { Instant } from "@muster/core";
import type { ReadCalls, ReadJob, AppliedJob } from "../src/metrics/engine/calls.ts";
import { openForReading, openForWriting } from "../src/metrics/engine/open-database.ts";
import { Reader } from "../src/metrics/engine/reader.ts";
import { Writer } from "../src/metrics/engine/writer.ts";
import { queryOf } from "../src/metrics/metric-store.contract.ts";
import type { FlatQuery } from "../src/metrics/metric-store.contract.ts";

const EVERYTHING = { from: 0, until: 4e12 };

/** A metric file opened as the engine's threads open it, but without threads: hundreds of files a minute. */
export class OpenedFile {
  readonly #writing;
  readonly #reading;
  readonly #writer;
  readonly #reader;

  constructor(path: string) {
    this.#writing = openForWriting(path);
    // What is looked at is a copy that need not survive anything.
    this.#writing.exec("PRAGMA synchronous = OFF");
    this.#writer = new Writer(this.#writing);
    this.#reading = openForReading(path);
    this.#reader = new Reader(this.#reading, path);
    // As the store does at its start.
    for (const server of this.#writer.hiddenServers()) while (this.#write({ kind: "purgeSlice", server }) === true);
  }

  receipts(stream: string): readonly number[] {
    const pairs = this.#write({ kind: "receipts", stream }) as readonly (readonly [number, number])[];
    return pairs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
  }

  /** Every sample of a server as text, sorted. One that is told twice is there twice. */
  dump(serverId: string): readonly string[] {
    const samples: string[] = [];
    const request = { serverIds: [serverId], match: {}, range: EVERYTHING };
    for (let from: Instant | undefined = EVERYTHING.from; from !== undefined;) {
      const answer: ReadAnswers["samples"] = this.#read<"samples">({ kind: "samples", serverId, request, from });
      const { chunk, next } = answer;
      for (const { metric, labels, at, values } of chunk?.columns ?? []) {
        const name = `${serverId} ${metric} ${JSON.stringify(labels)}`;
        for (const [index, instant] of at.entries()) samples.push(`${name} ${instant} ${values[index]}`);
      }
      from = next;
    }
    return samples.sort();
  }

  query(query: FlatQuery): Float64Array {
    const [line] = this.#read<"query">({ kind: "query", query: queryOf(query) });
    return line?.values ?? new Float64Array();
  }

  sampleCount(): number {
    return this.#read<"size">({ kind: "size" } as ReadJob).sampleCount;
  }

  close(): void {
    this.#reading.close();
    this.#writing.close();
  }

  #write(job: AppliedJob): unknown {
    const [outcome] = this.#writer.run(() => [job]);
    if (outcome?.is !== "done") throw new Error(`${job.kind}: ${outcome?.failure.cause}`);
    return outcome.answer;
  }

  #read<Kind extends ReadJob["kind"]>(job: ReadJob): ReadAnswers[Kind] {
    const outcome = this.#reader.run(job, new Int32Array(1));
    if (outcome.is !== "done") throw new Error(`${job.kind}: ${outcome.failure.cause}`);
    return outcome.answer as ReadAnswers[Kind];
  }
}

type ReadAnswers = { [Kind in keyof ReadCalls]: ReadCalls[Kind]["answer"] };
