import type { AppendJob, AppendOutcome, AppliedJob, BatchCount, WriteAnswer, WriteCalls } from "./calls.ts";
import type { WriteJob, WriteMessage, WriteOutcomes } from "./calls.ts";
import type { Sender, SenderRegistry } from "./sender-registry.ts";

const BATCH_HEAD = 4;
const OUTCOME_NUMBERS = 4;

/** On the hub's thread. */
export function packWrites(jobs: readonly WriteJob[], registry: SenderRegistry): WriteMessage {
  let length = 0;
  for (const job of jobs) if (job.kind === "append") length += BATCH_HEAD + job.rows.length * (1 + job.series.length);
  const numbers = new Float64Array(length);
  let offset = 0;
  const packed = counted(jobs, (job) => {
    if (job.kind !== "append") {
      if (job.kind === "hideServer") registry.drop(job.serverId);
      return job;
    }
    offset = putBatch(numbers, offset, job, registry);
    return undefined;
  });
  return { is: "write", senders: registry.takeChanges(), jobs: packed, numbers };
}

/** Answers where the batch ends. */
function putBatch(
  numbers: Float64Array,
  begin: number,
  { serverId, receipt, series, rows }: WriteCalls["append"]["ask"],
  registry: SenderRegistry,
): number {
  const instants = begin + BATCH_HEAD;
  const values = instants + rows.length;
  numbers[begin] = registry.numberOf(serverId, receipt?.stream, series);
  numbers[begin + 1] = receipt?.seq ?? NaN;
  numbers[begin + 2] = rows.length;
  numbers[begin + 3] = series.length;
  for (const [index, row] of rows.entries()) {
    numbers[instants + index] = row.at;
    numbers.set(row.values, values + index * series.length);
  }
  return values + rows.length * series.length;
}

/** The senders that the writing thread was told. */
export class KnownSenders {
  readonly #senders = new Map<number, Sender>();

  /** The jobs of a message. What they hold is cut out of its array, which is theirs. */
  unpack({ senders, jobs, numbers }: WriteMessage): readonly AppliedJob[] {
    for (const [number, sender] of senders.made) this.#senders.set(number, sender);
    const unpacked: AppliedJob[] = [];
    let offset = 0;
    for (const job of jobs) {
      if (typeof job !== "number") unpacked.push(job);
      for (let left = typeof job === "number" ? job : 0; left > 0; left--) {
        const batch = this.#batchAt(numbers, offset);
        unpacked.push(batch);
        offset += BATCH_HEAD + batch.rows.at.length + batch.rows.values.length;
      }
    }
    for (const number of senders.dropped) this.#senders.delete(number);
    return unpacked;
  }

  #batchAt(numbers: Float64Array, begin: number): AppendJob {
    const [number = NaN, seq = NaN, rowCount = 0, width = 0] = [
      numbers[begin],
      numbers[begin + 1],
      numbers[begin + 2],
      numbers[begin + 3],
    ];
    const sender = this.#senders.get(number);
    if (sender === undefined) throw new Error(`nobody knows the sender ${number}`);
    const { serverId, stream, series } = sender;
    const values = begin + BATCH_HEAD + rowCount;
    return {
      kind: "append",
      serverId,
      receipt: stream === undefined ? undefined : { stream, seq },
      series,
      rows: {
        at: numbers.subarray(begin + BATCH_HEAD, values),
        values: numbers.subarray(values, values + rowCount * width),
      },
    };
  }
}

/** On the writing thread. */
export function packOutcomes(jobs: readonly AppliedJob[], outcomes: WriteOutcomes): WriteAnswer {
  const numbers = new Float64Array(jobs.length * OUTCOME_NUMBERS);
  let offset = 0;
  const packed = counted(outcomes, (outcome, index) => {
    if (jobs[index]?.kind !== "append" || outcome.is === "failed") return outcome;
    const { alreadyStored, storedCount, duplicateCount, unknownSeriesCount } = outcome.answer as AppendOutcome;
    numbers[offset++] = alreadyStored ? 1 : 0;
    numbers[offset++] = storedCount;
    numbers[offset++] = duplicateCount;
    numbers[offset++] = unknownSeriesCount;
    return undefined;
  });
  return { outcomes: packed, numbers };
}

/** On the hub's thread. */
export function unpackOutcomes({ outcomes, numbers }: WriteAnswer): WriteOutcomes {
  let offset = 0;
  const next = (): number => numbers[offset++] ?? NaN;
  return outcomes.flatMap((outcome): WriteOutcomes =>
    typeof outcome !== "number"
      ? [outcome]
      : Array.from({ length: outcome }, () => ({
          is: "done",
          answer: {
            alreadyStored: next() === 1,
            storedCount: next(),
            duplicateCount: next(),
            unknownSeriesCount: next(),
          },
        })),
  );
}

/** Puts a count in the place of all that follow each other and lie elsewhere, for which `other` answers undefined. */
function counted<From, To>(
  list: readonly From[],
  other: (item: From, index: number) => To | undefined,
): (To | BatchCount)[] {
  const found: (To | BatchCount)[] = [];
  let count = 0;
  const settle = (): void => {
    if (count > 0) found.push(count);
    count = 0;
  };
  for (const [index, item] of list.entries()) {
    const to = other(item, index);
    if (to === undefined) {
      count++;
      continue;
    }
    settle();
    found.push(to);
  }
  settle();
  return found;
}
