import { MusterError, silentLogger } from "@muster/core";
import type { SequenceRanges } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { BatchFrame, SeriesDefinition } from "@muster/protocol";
import { settle } from "@muster/testkit";
import { expect, test } from "vitest";
import type { Ingest, IngestBatch, IngestLayout } from "../../metrics/ingest.ts";
import { BatchIntake, ProtocolViolation } from "./batch-intake.ts";

const LAYOUT: IngestLayout = { columns: [1], series: [1], slots: [], refusedCount: 0 };
const DEFINE: readonly SeriesDefinition[] = [{ metric: "m" }];

/** An intake whose store answers when the test says so. */
function bench(more: { readonly usedSeqs?: SequenceRanges; readonly doubtfulSeqs?: SequenceRanges } = {}) {
  const appends: { readonly batch: IngestBatch; answer(error?: Error): void }[] = [];
  const layouts: { readonly definitions: readonly SeriesDefinition[]; answer(error?: Error): void }[] = [];
  const told: string[] = [];
  const clock = { offsetMs: 0 };
  const waiting = <T>(value: T, keep: (answer: (error?: Error) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => keep((error) => (error ? reject(error) : resolve(value))));
  const ingest = {
    layout: (_: string, definitions: readonly SeriesDefinition[]) =>
      waiting(LAYOUT, (answer) => layouts.push({ definitions, answer })),
    take: (batch: IngestBatch) => waiting(undefined, (answer) => appends.push({ batch, answer })),
  } as unknown as Ingest;
  const intake = new BatchIntake({
    ingest,
    log: silentLogger,
    serverId: "server",
    stream: "agent",
    usedSeqs: more.usedSeqs ?? [],
    doubtfulSeqs: more.doubtfulSeqs ?? [],
    clockOffsetMs: () => clock.offsetMs,
    acknowledge: (seqs) => void told.push(`ack ${JSON.stringify(seqs)}`),
    hold: (forMs) => void told.push(`hold ${forMs}`),
    pause: () => void told.push("pause"),
    resume: () => void told.push("resume"),
  });
  return { intake, appends, layouts, told, clock };
}

const frame = (seq: number, define?: readonly SeriesDefinition[]): BatchFrame => ({
  t: "batch",
  seq,
  layout: 0,
  ...(define === undefined ? {} : { define }),
  rows: [[1, 2]],
});

test("[AG-20] long lists are made one at a time, one that fails too, so that others come in between at the store", async () => {
  const { intake, appends, layouts, told } = bench();
  for (const seq of [1, 2, 3]) {
    const define = Array.from({ length: 1_500 }, () => ({ metric: `m${seq}` }));
    intake.take({ ...frame(seq, define), layout: seq });
  }
  await settle();
  expect(layouts).toHaveLength(1);
  layouts[0]!.answer(new MusterError("RATE_LIMITED"));
  await settle();
  expect(layouts.map(({ definitions }) => definitions[0]?.metric)).toEqual(["m1", "m2"]);
  expect(told).toEqual(["hold 1000"]);
  layouts[1]!.answer();
  await settle();
  layouts[2]!.answer();
  await settle();
  expect(appends.map(({ batch }) => batch.receipt?.seq)).toEqual([2, 3]);
  // Short ones are asked for together.
  for (const seq of [4, 5, 6]) intake.take({ ...frame(seq, DEFINE), layout: seq });
  expect(layouts).toHaveLength(6);
});

test("a batch is acknowledged when the store says that it is durable, and not a turn earlier", async () => {
  const { intake, appends, layouts, told } = bench();
  intake.take(frame(1, DEFINE));
  await settle();
  expect(told).toEqual([]);
  layouts[0]!.answer();
  await settle();
  expect(appends).toHaveLength(1);
  expect(told).toEqual([]);
  appends[0]!.answer();
  await settle();
  expect(told).toEqual(["ack [[1,1]]"]);
});

test("[PR33] a quiet batch is acknowledged with the next one that is not", async () => {
  const { intake, appends, layouts, told } = bench();
  intake.take({ ...frame(1, DEFINE), quiet: true });
  intake.take({ ...frame(2), quiet: true });
  layouts[0]!.answer();
  await settle();
  for (const append of appends.splice(0)) append.answer();
  await settle();
  expect(told).toEqual([]);
  intake.take(frame(3));
  await settle();
  appends[0]!.answer();
  await settle();
  expect(told).toEqual(["ack [[1,3]]"]);
});

test("batches of one commit are acknowledged in one frame, whatever their order", async () => {
  const { intake, appends, layouts, told } = bench();
  intake.take(frame(1, DEFINE));
  for (const seq of [5, 3, 2]) intake.take(frame(seq));
  await settle();
  layouts[0]!.answer();
  await settle();
  for (const append of appends) append.answer();
  await settle();
  expect(told).toEqual(["ack [[1,3],[5,5]]"]);
});

test.for([
  ["STORAGE_FULL", 10_000],
  ["STORAGE_FAILED", 10_000],
  ["RATE_LIMITED", 1_000],
] as const)(
  "a batch that the store refuses with %s is not acknowledged; the agent holds %i ms",
  async ([code, forMs]) => {
    const { intake, appends, layouts, told } = bench();
    intake.take(frame(1, DEFINE));
    await settle();
    layouts[0]!.answer();
    await settle();
    appends[0]!.answer(new MusterError(code));
    await settle();
    expect(told).toEqual([`hold ${forMs}`]);
    // The same batch, sent again, needs no definition.
    intake.take(frame(1));
    await settle();
    appends[1]!.answer();
    await settle();
    expect(told.at(-1)).toBe("ack [[1,1]]");
  },
);

test("a layout that could not be stored is asked for again by the next batch that uses it", async () => {
  const { intake, appends, layouts, told } = bench();
  intake.take(frame(1, DEFINE));
  intake.take(frame(2));
  await settle();
  layouts[0]!.answer(new MusterError("STORAGE_FULL"));
  await settle();
  expect(told).toEqual(["hold 10000", "hold 10000"]);
  intake.take(frame(1));
  await settle();
  expect(layouts.map(({ definitions }) => definitions)).toEqual([DEFINE, DEFINE]);
  layouts[1]!.answer();
  await settle();
  appends[0]!.answer();
  await settle();
  expect(told.at(-1)).toBe("ack [[1,1]]");
});

test("beyond 48 batches that wait for the disk the socket is read no further, until 16 are left", async () => {
  const { intake, appends, layouts, told } = bench();
  intake.take(frame(1, DEFINE));
  for (let seq = 2; seq <= 47; seq++) intake.take(frame(seq));
  await settle();
  layouts[0]!.answer();
  await settle();
  expect(told).toEqual([]);
  intake.take(frame(48));
  expect(told).toEqual(["pause"]);
  await settle();
  for (const append of appends.slice(0, 31)) append.answer();
  await settle();
  expect(told).not.toContain("resume");
  appends[31]!.answer();
  await settle();
  expect(told.filter((line) => line === "resume")).toHaveLength(1);
});

test("the clock's offset of a batch is the one at its arrival", async () => {
  const { intake, appends, layouts, clock } = bench();
  intake.take(frame(1, DEFINE));
  clock.offsetMs = 3_600_000;
  intake.take(frame(2));
  await settle();
  layouts[0]!.answer();
  await settle();
  expect(appends.map(({ batch }) => batch.clockOffsetMs)).toEqual([0, 3_600_000]);
});

test("a number that another batch has is refused; one in doubt is stored without its number", async () => {
  const { intake, appends, layouts } = bench({ usedSeqs: [[7, 9]], doubtfulSeqs: [[5, 6]] });
  expect(() => intake.take(frame(7, DEFINE))).toThrow(ProtocolViolation);
  expect(() => intake.take(frame(9, DEFINE))).toThrow(ProtocolViolation);
  intake.take(frame(6, DEFINE));
  intake.take(frame(10));
  await settle();
  layouts[0]!.answer();
  await settle();
  expect(appends.map(({ batch }) => batch.receipt)).toEqual([undefined, { stream: "agent", seq: 10 }]);
});

test("layouts are bounded, and one that is not defined is a violation", () => {
  const { intake } = bench();
  expect(() => intake.take(frame(1))).toThrow("not defined");
  for (let layout = 0; layout < AGENT_LIMITS.layoutsPerSessionMax; layout++)
    intake.take({ ...frame(layout + 1, DEFINE), layout });
  intake.take({ ...frame(100, DEFINE), layout: 5 });
  expect(() => intake.take({ ...frame(101, DEFINE), layout: 1_000 })).toThrow("too many layouts");
});
