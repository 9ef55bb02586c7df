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

  /** What the message says about senders; the jobs that it has may name them from now on. */
  note({ senders }: WriteMessage): void {
    for (const [number, sender] of senders.made) this.#senders.set(number, sender);
  }

  /** The jobs of the message are done. */
  forget({ senders }: WriteMessage): void {
    for (const number of senders.dropped) this.#senders.delete(number);
  }

  /** One job at a time, each made when it is asked for; what a batch holds is cut out of the array. */
  *jobsOf({ jobs, numbers }: WriteMessage): Generator<AppliedJob> {
    let offset = 0;
    for (const job of jobs) {
      if (typeof job !== "number") {
        yield job;
        continue;
      }
      for (let left = job; left > 0; left--) {
        const batch = this.#batchAt(numbers, offset);
        offset += BATCH_HEAD + batch.rows.at.length + batch.rows.values.length;
        yield batch;
      }
    }
  }

  #batchAt(numbers: Float64Array, begin: number): AppendJob {
    const number = numbers[begin] ?? NaN;
    const seq = numbers[begin + 1] ?? NaN;
    const rowCount = numbers[begin + 2] ?? 0;
    const width = numbers[begin + 3] ?? 0;
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
export function packOutcomes(outcomes: WriteOutcomes): WriteAnswer {
  const numbers = new Float64Array(outcomes.length * OUTCOME_NUMBERS);
  let offset = 0;
  const packed = counted(outcomes, (outcome) => {
    if (outcome.is === "failed" || !isAppendOutcome(outcome.answer)) return outcome;
    const { alreadyStored, storedCount, duplicateCount, unknownSeriesCount } = outcome.answer;
    numbers[offset++] = alreadyStored ? 1 : 0;
    numbers[offset++] = storedCount;
    numbers[offset++] = duplicateCount;
    numbers[offset++] = unknownSeriesCount;
    return undefined;
  });
  return { outcomes: packed, numbers };
}

const isAppendOutcome = (answer: WriteCalls[keyof WriteCalls]["answer"]): answer is AppendOutcome =>
  typeof answer === "object" && "alreadyStored" in answer;

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
function counted<From, To>(list: readonly From[], other: (item: From) => To | undefined): (To | BatchCount)[] {
  const found: (To | BatchCount)[] = [];
  let count = 0;
  const settle = (): void => {
    if (count > 0) found.push(count);
    count = 0;
  };
  for (const item of list) {
    const to = other(item);
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
