import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import type { WriteJob, WriteLine, WriteOutcomes } from "./calls.ts";
import type { Failure } from "./storage-failure.ts";
import { WriteQueue } from "./write-queue.ts";

/** A thread whose commits last as long as the test wants; `groups` has the job counts of each. */
class HeldLine implements WriteLine {
  readonly groups: number[] = [];
  readonly isAlive = true;
  #held: { readonly count: number; readonly answer: PromiseWithResolvers<WriteOutcomes> } | undefined;

  write(jobs: readonly WriteJob[]): Promise<WriteOutcomes> {
    if (this.#held !== undefined) throw new Error("asked while a commit runs");
    this.groups.push(jobs.length);
    this.#held = { count: jobs.length, answer: Promise.withResolvers() };
    return this.#held.answer.promise;
  }

  async finish(failure?: Failure): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    const outcome = failure === undefined ? { is: "done", answer: undefined } : { is: "failed", failure };
    held?.answer.resolve(Array.from({ length: held.count }, () => outcome) as WriteOutcomes);
    await new Promise(setImmediate);
  }
}

const EMPTY = { serverId: "s", receipt: undefined, series: [] };
const append = (queue: WriteQueue, rowCount = 1, width = 1) => {
  const rows = Array.from({ length: rowCount }, () => ({ at: 0, values: new Float64Array(width) }));
  return queue.submit("append", { ...EMPTY, rows });
};
const settled = () => new Promise(setImmediate);

test("[ST25] the first job is committed at once, what comes meanwhile goes into the next commit together", async () => {
  const line = new HeldLine();
  const queue = new WriteQueue(line);
  const jobs = [append(queue)];
  await settled();
  expect(line.groups).toEqual([1]);
  for (let count = 0; count < 50; count++) jobs.push(append(queue));
  await settled();
  expect(line.groups).toEqual([1]);
  await line.finish();
  expect(line.groups).toEqual([1, 50]);
  await line.finish();
  await Promise.all(jobs);
});

test("[ST25] with a pace a commit waits for more after the first job came, and no longer", async () => {
  const line = new HeldLine();
  const clock = new FakeClock(0);
  const queue = new WriteQueue(line, { clock, pauseMs: 15 });
  const jobs = [append(queue)];
  await clock.advance(10);
  jobs.push(append(queue));
  await clock.advance(4);
  expect(line.groups).toEqual([]);
  await clock.advance(1);
  expect(line.groups).toEqual([2]);
  // What comes during a commit has waited when that is over.
  jobs.push(append(queue));
  await clock.advance(20);
  await line.finish();
  expect(line.groups).toEqual([2, 1]);
  await line.finish();
  await Promise.all(jobs);
});

test("[ST25] a commit is bounded in rows, however much is waiting", async () => {
  const line = new HeldLine();
  const queue = new WriteQueue(line);
  const jobs = Array.from({ length: 5 }, () => append(queue, 1_500));
  jobs.push(append(queue, 9_000), append(queue));
  for (let commits = 0; commits < 5; commits++) {
    await settled();
    await line.finish();
  }
  await Promise.all(jobs);
  expect(line.groups).toEqual([2, 2, 1, 1, 1]);
});

test("[ST26] more than may wait is refused with RATE_LIMITED, and taken again when the disk has caught up", async () => {
  const line = new HeldLine();
  const queue = new WriteQueue(line);
  const first = append(queue, 1, 2_000_000);
  await expect(append(queue, 1, 1)).rejects.toMatchObject({ code: "RATE_LIMITED", details: { retryAfterMs: 1_000 } });
  await settled();
  const second = append(queue, 1, 1);
  await line.finish();
  await line.finish();
  await Promise.all([first, second]);
});

const failure = (isFatal: boolean): Failure => ({
  code: isFatal ? "STORAGE_FAILED" : "STORAGE_FULL",
  details: {},
  cause: "planted",
  isFatal,
});

test("[ST27] a full disk refuses what it met, and later jobs are tried again", async () => {
  const line = new HeldLine();
  const queue = new WriteQueue(line);
  const refused = expect(append(queue)).rejects.toMatchObject({ code: "STORAGE_FULL" });
  await settled();
  const later = append(queue);
  await line.finish(failure(false));
  await refused;
  await line.finish();
  await later;
  expect(queue.hasFailed).toBe(false);
});

test("[ST28] after an error of the disk nothing is accepted any more, what waits included", async () => {
  const line = new HeldLine();
  const queue = new WriteQueue(line);
  const refused = [expect(append(queue)).rejects.toMatchObject({ code: "STORAGE_FAILED" })];
  await settled();
  refused.push(expect(append(queue)).rejects.toMatchObject({ code: "STORAGE_FAILED" }));
  await line.finish(failure(true));
  refused.push(expect(append(queue)).rejects.toMatchObject({ code: "STORAGE_FAILED" }));
  await Promise.all(refused);
  expect(line.groups).toEqual([1]);
  expect(queue.hasFailed).toBe(true);
});

test("[ST23] closing waits for what was taken", async () => {
  const line = new HeldLine();
  const queue = new WriteQueue(line);
  const taken = append(queue);
  await settled();
  let isClosed = false;
  const closing = queue.close().then(() => (isClosed = true));
  await expect(append(queue)).rejects.toMatchObject({ code: "STARTING" });
  expect(isClosed).toBe(false);
  await line.finish();
  await Promise.all([taken, closing]);
});
