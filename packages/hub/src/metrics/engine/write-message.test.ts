import { expect, test } from "vitest";
import type { AppendJob, AppliedJob, WriteJob, WriteMessage } from "./calls.ts";
import { SenderRegistry } from "./sender-registry.ts";
import { KnownSenders, packOutcomes, packWrites, unpackOutcomes } from "./write-message.ts";

const batch = (serverId: string, seq: number | undefined, series: readonly number[], rowCount = 1): WriteJob => ({
  kind: "append",
  serverId,
  receipt: seq === undefined ? undefined : { stream: `of ${serverId}`, seq },
  series,
  rows: Array.from({ length: rowCount }, (_, row) => ({ at: 1_000 + row, values: Float64Array.from(series) })),
});

/** As the writing thread does with a message. */
function arrive(senders: KnownSenders, message: WriteMessage): readonly AppliedJob[] {
  senders.note(message);
  const jobs = [...senders.jobsOf(message)];
  senders.forget(message);
  return jobs;
}

const asApplied = (job: WriteJob): unknown =>
  job.kind !== "append"
    ? job
    : {
        ...job,
        rows: {
          at: Float64Array.from(job.rows, ({ at }) => at),
          values: Float64Array.from(job.rows.flatMap(({ values }) => [...values])),
        },
      };

test("[ST25] a group of jobs arrives as it was sent, batches among others", () => {
  const registry = new SenderRegistry();
  const senders = new KnownSenders();
  const jobs = [
    batch("alpha", 1, [3, 4]),
    batch("beta", undefined, [9], 3),
    { kind: "receipts", stream: "of alpha" } as const,
    batch("alpha", 2, [3, 4]),
    batch("gamma", 0, [], 0),
  ];
  expect(arrive(senders, packWrites(jobs, registry))).toEqual(jobs.map(asApplied));
});

test("[ST25] a sender is told once, and its list of series is the same one each time", () => {
  const registry = new SenderRegistry();
  const senders = new KnownSenders();
  const list = [3, 4];
  const first = packWrites([batch("alpha", 1, list)], registry);
  const [before] = arrive(senders, first) as readonly AppendJob[];
  list.reverse();
  const second = packWrites([batch("alpha", 2, [3, 4])], registry);
  const [after] = arrive(senders, second) as readonly AppendJob[];
  expect([first.senders.made.length, second.senders.made.length]).toEqual([1, 0]);
  expect(after?.series).toBe(before?.series);
  expect(after?.series).toEqual([3, 4]);
});

test("[ST21] of a server that is deleted, and of series long not sent, nothing is kept", () => {
  const registry = new SenderRegistry();
  const senders = new KnownSenders();
  const jobs = [1, 2, 3, 4, 5, 6].map((id) => batch("alpha", id, [id]));
  const many = packWrites(jobs, registry);
  expect([many.senders.made.length, many.senders.dropped]).toEqual([6, [1, 2]]);
  // What is dropped is still known to the batches that were packed before.
  expect(arrive(senders, many)).toEqual(jobs.map(asApplied));
  const gone = packWrites([{ kind: "hideServer", serverId: "alpha" }, batch("alpha", 7, [6])], registry);
  expect([gone.senders.made.length, gone.senders.dropped]).toEqual([1, [6, 5, 4, 3]]);
  expect(arrive(senders, gone)).toHaveLength(2);
});

test("[ST24] each batch gets its own outcome back, failures among them", () => {
  const stored = { alreadyStored: false, storedCount: 2, duplicateCount: 1, unknownSeriesCount: 3 };
  const twice = { alreadyStored: true, storedCount: 0, duplicateCount: 0, unknownSeriesCount: 0 };
  const failure = { code: "INTERNAL", details: {}, cause: "planted", isFatal: false } as const;
  const outcomes = [
    { is: "done", answer: stored },
    { is: "done", answer: undefined },
    { is: "done", answer: [[1, 2]] },
    { is: "failed", failure },
    { is: "done", answer: twice },
    { is: "done", answer: stored },
  ] as const;
  const answer = packOutcomes(outcomes);
  expect(unpackOutcomes(answer)).toEqual(outcomes);
});
