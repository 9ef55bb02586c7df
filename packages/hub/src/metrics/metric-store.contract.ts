import { DAY_MS, HOUR_MS, isMusterError, MINUTE_MS } from "@muster/core";
import type { ErrorCode, Instant, Labels } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import type {
  Batch,
  CombineFunction,
  MetricLimits,
  MetricStore,
  Query,
  QueryLine,
  SampleRequest,
  Selection,
  SeriesId,
} from "./metric-store.ts";

/** One place for a store to live in, a file or nothing. */
export interface StoreArena extends AsyncDisposable {
  /** After the one before was closed: the same data, where `isDurable`. */
  open(limits: MetricLimits, deps: { readonly clock: FakeClock }): Promise<MetricStore>;
  readonly isDurable: boolean;
}

const LIMITS: MetricLimits = { retentionMs: 7 * DAY_MS, futureSkewMs: MINUTE_MS, seriesPerServerMax: 20 };
const NEVER = new AbortController().signal;

/** A query of one selection, written flat. */
export type FlatQuery = Omit<Query, "select"> & Selection;

export function queryOf({ metric, match, step, quantile, ...query }: FlatQuery): Query {
  return { ...query, select: [{ metric, match, step, ...(quantile !== undefined && { quantile }) }] };
}

/** What holds for every metric store; docs/spec/store.md has the rules. */
export function describeMetricStore(engine: string, makeArena: () => Promise<StoreArena>): void {
  const storeTest = (title: string, body: (bench: StoreBench) => Promise<void>): void =>
    test(title, async () => {
      await using arena = await makeArena();
      const bench = await StoreBench.open(arena);
      try {
        await body(bench);
      } finally {
        await bench.store.close();
      }
    });

  describe(`${engine} metric store`, () => {
    storeTest("[ST7] a series is its server, metric and labels, whatever the order of the labels", async (bench) => {
      const [first, same, ...others] = await bench.store.series("alpha", [
        { metric: "m", labels: { a: "1", b: "2" } },
        { metric: "m", labels: { b: "2", a: "1" } },
        { metric: "m", labels: { a: "1" } },
        { metric: "m", labels: {} },
        { metric: "other", labels: { a: "1", b: "2" } },
      ]);
      const [elsewhere] = await bench.store.series("beta", [{ metric: "m", labels: { a: "1", b: "2" } }]);
      expect(same).toBe(first);
      expect(new Set([first, ...others, elsewhere]).size).toBe(5);
      expect(await bench.store.series("alpha", [{ metric: "m", labels: { a: "1" } }])).toEqual([others[0]]);
      expect(await bench.store.seriesOf("alpha")).toEqual([
        { metric: "m", labels: {} },
        { metric: "m", labels: { a: "1" } },
        { metric: "m", labels: { a: "1", b: "2" } },
        { metric: "other", labels: { a: "1", b: "2" } },
      ]);
      expect(await bench.store.seriesOf("nobody")).toEqual([]);
    });

    storeTest("[ST8] what passes the limit or cannot be stored gets no id, and is counted", async (bench) => {
      const names = Array.from({ length: 22 }, (_, index) => ({ metric: `m${index}`, labels: {} }));
      const ids = await bench.store.series("alpha", names);
      expect(ids.map((id) => id !== undefined)).toEqual([...Array<boolean>(20).fill(true), false, false]);
      expect(await bench.store.series("alpha", names)).toEqual(ids);
      const wrong = [
        { metric: "Not A Name", labels: {} },
        { metric: "m", labels: { Wrong: "x" } },
      ];
      expect(await bench.store.series("beta", [...wrong, { metric: "m", labels: {} }])).toEqual([
        undefined,
        undefined,
        expect.any(Number),
      ]);
      expect(await bench.store.size()).toMatchObject({ seriesCount: 21, refusedSeriesCount: 6 });
    });

    storeTest("[ST1] a query holds the beginning of its range and not the end", async (bench) => {
      await bench.put(
        "alpha",
        "m",
        [-1, 0, 999, 1_000, 1_999, 2_000].map((offsetMs) => [offsetMs, offsetMs]),
      );
      expect(await bench.points({ untilMs: 2_000, stepMs: 1_000, step: "count" })).toEqual([[2, 2]]);
      expect(await bench.points({ untilMs: 2_000, stepMs: 1_000, step: "last" })).toEqual([[999, 1_999]]);
      expect(await bench.points({ untilMs: 1_500, stepMs: 1_000, step: "last" })).toEqual([[999, 1_000]]);
      expect(await bench.points({ untilMs: 0, stepMs: 1_000 })).toEqual([]);
    });

    storeTest("[ST2] a gap stays a gap, also where a round was not read", async (bench) => {
      await bench.put("alpha", "m", [
        [0, 1],
        [1_000, NaN],
        [2_000, Infinity],
        [4_000, 5],
      ]);
      for (const step of ["avg", "min", "max", "last", "sum"] as const) {
        expect(await bench.points({ untilMs: 5_000, stepMs: 1_000, step })).toEqual([[1, NaN, NaN, NaN, 5]]);
      }
      expect((await bench.store.size()).sampleCount).toBe(2);
    });

    storeTest("[ST3] every function folds the samples of its step", async (bench) => {
      await bench.put("alpha", "m", [
        [0, 4],
        [100, 1],
        [200, 7],
      ]);
      const folded = { avg: 4, min: 1, max: 7, last: 7, sum: 12, count: 3 } as const;
      for (const [step, value] of Object.entries(folded)) {
        expect(await bench.points({ untilMs: 1_000, stepMs: 1_000, step: step as keyof typeof folded })).toEqual([
          [value],
        ]);
      }
    });

    storeTest(
      "[ST4] [ST5] a rate has the sample before the range as its base and goes across resets",
      async (bench) => {
        await bench.put("alpha", "m", [
          [-5_000, 100],
          [0, 150],
          [5_000, 160],
          [10_000, 5],
          [15_000, 30],
        ]);
        expect(await bench.points({ untilMs: 15_000, stepMs: 5_000, step: "rate" })).toEqual([[10, 2, 1]]);
      },
    );

    storeTest("[ST4] a base older than ten minutes before the range is none", async (bench) => {
      await bench.put("alpha", "m", [
        [-10 * MINUTE_MS, 0],
        [0, 600],
      ]);
      await bench.put("beta", "m", [
        [-10 * MINUTE_MS - 1, 0],
        [0, 600],
      ]);
      expect(await bench.points({ untilMs: 1_000, stepMs: 1_000, step: "rate" })).toEqual([[1], [NaN]]);
    });

    storeTest("[ST6] a rate has no value over an outage", async (bench) => {
      await bench.put("alpha", "m", [
        [0, 0],
        [5_000, 5],
        [60_000, 1_000],
        [65_000, 1_005],
      ]);
      expect(await bench.points({ untilMs: 70_000, stepMs: 10_000, step: "rate" })).toEqual([
        [1, NaN, NaN, NaN, NaN, NaN, 1],
      ]);
    });

    storeTest(
      "[ST9] a query answers the series that match and have samples, by server, then label text",
      async (bench) => {
        for (const [serverId, device, mode] of [
          ["beta", "b", "read"],
          ["alpha", "b", "read"],
          ["alpha", "a", "write"],
          ["alpha", "a", "read"],
        ] as const) {
          await bench.put(serverId, "m", [[0, 1]], { device, mode });
        }
        await bench.store.series("alpha", [{ metric: "m", labels: { device: "silent", mode: "read" } }]);
        await bench.put("alpha", "m", [[-HOUR_MS, 1]], { device: "earlier" });
        await bench.put("alpha", "other", [[0, 1]], { device: "a" });
        const names = async (query: Partial<FlatQuery>) =>
          (await bench.query(query)).map(({ serverId, labels }) => `${serverId} ${labels["device"]} ${labels["mode"]}`);
        const all = ["alpha a read", "alpha a write", "alpha b read", "beta b read"];
        expect(await names({ serverIds: ["beta", "alpha", "beta", "nobody"] })).toEqual(all);
        expect(await names({ match: { mode: "read" } })).toEqual(["alpha a read", "alpha b read", "beta b read"]);
        expect(await names({ match: { mode: "read", device: "a" } })).toEqual(["alpha a read"]);
        expect(await names({ match: { none: "x" } })).toEqual([]);
        expect(await names({ match: { mode: "" } })).toEqual([]);
        expect(await names({ serverIds: ["alpha"] })).toEqual(all.slice(0, 3));
        expect(await names({ metric: "unknown" })).toEqual([]);
      },
    );

    storeTest("[ST10] more points than asked for is refused, silent series not counted", async (bench) => {
      await bench.put("alpha", "m", [[0, 1]]);
      await bench.put("beta", "m", [[0, 1]]);
      await bench.store.series("gamma", [{ metric: "m", labels: {} }]);
      const query = { serverIds: ["alpha", "beta", "gamma"], stepMs: 1_000, range: bench.range(0, 10_000) };
      expect(await bench.query({ ...query, pointsMax: 20 })).toHaveLength(2);
      await expectCode(bench.query({ ...query, pointsMax: 19 }), "QUERY_TOO_LARGE");
      await expectCode(bench.query({ stepMs: 0 }), "BAD_REQUEST");
    });

    storeTest("[ST10] an aborted query rejects with the signal's reason, and the store goes on", async (bench) => {
      await bench.put("alpha", "m", [[0, 1]]);
      const reason = new Error("the browser went away");
      await expect(bench.query({}, AbortSignal.abort(reason))).rejects.toBe(reason);
      const controller = new AbortController();
      const answers = Array.from({ length: 5 }, () => bench.query({}, controller.signal));
      controller.abort(reason);
      for (const answer of await Promise.allSettled(answers)) {
        if (answer.status === "rejected") expect(answer.reason).toBe(reason);
      }
      expect(await bench.points({ untilMs: 1_000 })).toEqual([[1]]);
    });

    storeTest("[ST11] a second sample of a series at an instant is dropped and counted", async (bench) => {
      const [cpu, load] = await bench.ids("alpha", ["cpu", "load"]);
      const put = (series: readonly SeriesId[], ...values: number[]) => bench.append("alpha", series, [[0, ...values]]);
      expect(await put([cpu], 1)).toEqual({ alreadyStored: false, storedCount: 1, rejected: {} });
      expect(await put([cpu], 2)).toMatchObject({ storedCount: 0, rejected: { duplicate: 1 } });
      expect(await put([load, cpu], 5, 3)).toMatchObject({ storedCount: 1, rejected: { duplicate: 1 } });
      expect(await put([load, cpu], 6, NaN)).toMatchObject({ storedCount: 0, rejected: { duplicate: 1 } });
      expect(await bench.points({ metric: "cpu", untilMs: 1, step: "last" })).toEqual([[1]]);
      expect(await bench.points({ metric: "load", untilMs: 1, step: "last" })).toEqual([[5]]);
      expect((await bench.store.size()).sampleCount).toBe(2);
    });

    storeTest("[ST11] within one batch, too, the first one stays", async (bench) => {
      const [cpu, load] = await bench.ids("alpha", ["cpu", "load"]);
      const rows = [
        [0, 1, 2, NaN],
        [0, NaN, 3, 4],
      ] as const;
      const result = await bench.append("alpha", [cpu, cpu, load], rows);
      expect(result).toMatchObject({ storedCount: 2, rejected: { duplicate: 2 } });
      expect(await bench.points({ metric: "cpu", untilMs: 1 })).toEqual([[1]]);
      expect(await bench.points({ metric: "load", untilMs: 1 })).toEqual([[4]]);
    });

    storeTest("[ST12] samples may come in any order of time", async (bench) => {
      for (const offsetMs of [3_000, 1_000, 4_000, 0, 2_000]) await bench.put("alpha", "m", [[offsetMs, offsetMs]]);
      expect(await bench.points({ untilMs: 5_000, stepMs: 1_000 })).toEqual([[0, 1_000, 2_000, 3_000, 4_000]]);
      expect(await bench.points({ untilMs: 5_000, stepMs: 5_000, step: "last" })).toEqual([[4_000]]);
      expect(await bench.points({ untilMs: 5_000, stepMs: 5_000, step: "rate" })).toEqual([[1_000]]);
    });

    storeTest("[ST13] samples before retention and far in the future are rejected one by one", async (bench) => {
      const [cpu, load] = await bench.ids("alpha", ["cpu", "load"]);
      const oldest = bench.clock.now() - LIMITS.retentionMs - bench.start;
      const newest = bench.clock.now() + LIMITS.futureSkewMs - bench.start;
      const rows = [
        [oldest - 1, 1, NaN],
        [oldest, 2, 2],
        [newest, 3, 3],
        [newest + 1, 4, 4],
      ] as const;
      const result = await bench.append("alpha", [cpu, load], rows);
      expect(result).toEqual({ alreadyStored: false, storedCount: 4, rejected: { "too-old": 1, "far-future": 2 } });
      expect((await bench.store.size()).sampleCount).toBe(4);
    });

    storeTest("[ST14] a batch of a wrong shape is refused whole", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const batch = { serverId: "alpha", series: [cpu] };
      const row = (at: number, ...values: number[]) => ({ at, values: Float64Array.from(values) });
      await expectCode(
        bench.store.append({ ...batch, rows: [row(bench.start, 1), row(bench.start, 1, 2)] }),
        "BAD_REQUEST",
      );
      await expectCode(bench.store.append({ ...batch, rows: [row(bench.start + 0.5, 1)] }), "BAD_REQUEST");
      const receipt = { stream: "s", seq: -1 };
      await expectCode(bench.store.append({ ...batch, rows: [], receipt }), "BAD_REQUEST");
      expect((await bench.store.size()).sampleCount).toBe(0);
    });

    storeTest("[ST15] an id that is none of the server's is not stored and counted", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const [foreign] = await bench.ids("beta", ["cpu"]);
      const result = await bench.append("alpha", [foreign, cpu, 999_999], [[0, 1, 2, 3]]);
      expect(result).toMatchObject({ storedCount: 1, rejected: { "unknown-series": 2 } });
      expect(await bench.points({ metric: "cpu", serverIds: ["alpha", "beta"], untilMs: 1 })).toEqual([[2]]);
      expect(await bench.append("nobody", [cpu], [[0, 1]])).toMatchObject({ rejected: { "unknown-series": 1 } });
    });

    storeTest("[ST16] a batch is stored once, whatever its number of deliveries", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const send = (seq: number, offsetMs = seq) =>
        bench.append("alpha", [cpu], [[offsetMs, seq]], { stream: "s", seq });
      expect(await send(3)).toMatchObject({ alreadyStored: false, storedCount: 1 });
      const again = { alreadyStored: true, storedCount: 0, rejected: {} };
      expect(await send(3, 77)).toEqual(again);
      expect(await send(5)).toMatchObject({ alreadyStored: false });
      expect(await bench.store.receipts("s")).toEqual([
        [3, 3],
        [5, 5],
      ]);
      expect(await send(4)).toMatchObject({ alreadyStored: false });
      expect(await bench.store.receipts("s")).toEqual([[3, 5]]);
      expect(await send(2)).toMatchObject({ alreadyStored: false });
      for (const seq of [2, 3, 4, 5]) expect(await send(seq, 88)).toEqual(again);
      expect(await bench.store.receipts("other")).toEqual([]);
      expect(await bench.append("alpha", [cpu], [[99, 1]], { stream: "other", seq: 3 })).toMatchObject({
        storedCount: 1,
      });
      expect((await bench.store.size()).sampleCount).toBe(5);
    });

    storeTest("[ST16] deliveries at the same time are no exception", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const sent = await Promise.all(
        [1, 2, 1, 3, 2, 1].map((seq) => bench.append("alpha", [cpu], [[seq, seq]], { stream: "s", seq })),
      );
      expect(sent.map(({ alreadyStored }) => alreadyStored)).toEqual([false, false, true, false, true, true]);
      expect((await bench.store.size()).sampleCount).toBe(3);
    });

    storeTest("[ST16] a batch whose samples are all rejected has its receipt", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const receipt = { stream: "s", seq: 0 };
      const old = -30 * DAY_MS;
      expect(await bench.append("alpha", [cpu], [[old, 1]], receipt)).toMatchObject({ rejected: { "too-old": 1 } });
      expect(await bench.append("alpha", [cpu], [[old, 1]], receipt)).toMatchObject({ alreadyStored: true });
    });

    storeTest("[ST17] settled numbers count as stored from 0 on", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const send = (seq: number) => bench.append("alpha", [cpu], [[seq, seq]], { stream: "s", seq });
      await send(3);
      await send(9);
      await bench.store.settleBelow("s", 0);
      expect(await bench.store.receipts("s")).toEqual([
        [3, 3],
        [9, 9],
      ]);
      await bench.store.settleBelow("s", 7);
      expect(await bench.store.receipts("s")).toEqual([
        [0, 6],
        [9, 9],
      ]);
      await bench.store.settleBelow("s", 2);
      expect(await send(5)).toMatchObject({ alreadyStored: true });
      expect(await send(7)).toMatchObject({ alreadyStored: false });
      expect(await send(8)).toMatchObject({ alreadyStored: false });
      expect(await bench.store.receipts("s")).toEqual([[0, 9]]);
    });

    storeTest("[ST18] series, samples and receipts survive a stop and a start", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      await bench.append("alpha", [cpu], [[0, 1]], { stream: "s", seq: 1 });
      const before = await bench.store.size();
      await bench.reopen();
      if (!bench.isDurable) {
        expect(await bench.store.size()).toMatchObject({ seriesCount: 0, sampleCount: 0 });
        return;
      }
      expect(await bench.store.size()).toMatchObject({ seriesCount: 1, sampleCount: before.sampleCount });
      expect(await bench.ids("alpha", ["cpu"])).toEqual([cpu]);
      expect(await bench.points({ metric: "cpu", untilMs: 1 })).toEqual([[1]]);
      expect(await bench.append("alpha", [cpu], [[1, 1]], { stream: "s", seq: 1 })).toMatchObject({
        alreadyStored: true,
      });
      expect(await bench.append("alpha", [cpu], [[1, 1]], { stream: "s", seq: 2 })).toMatchObject({ storedCount: 1 });
    });

    storeTest("[ST19] an answer is one state: a batch shows whole or not at all", async (bench) => {
      const [left, right] = await bench.ids("alpha", ["m", "n"]);
      const appends: Promise<unknown>[] = [];
      for (let round = 0; round < 40; round++) {
        appends.push(
          bench.append(
            "alpha",
            [left, right],
            [
              [round * 2, 1, 1],
              [round * 2 + 1, 1, 1],
            ],
          ),
        );
        if (round % 4 !== 0) continue;
        const counted = await bench.points({ untilMs: 1_000, stepMs: 1_000, step: "count" });
        expect((counted[0]?.[0] ?? 0) % 2).toBe(0);
      }
      await Promise.all(appends);
      const [whole] = await bench.query({ range: bench.range(0, 1_000), stepMs: 1_000, step: "count" });
      await bench.append("alpha", [left], [[999, 1]]);
      expect([...(whole?.values ?? [])]).toEqual([80]);
    });

    storeTest("[ST20] the newest sample of each series, none older than asked", async (bench) => {
      const [cpu, load, old] = await bench.ids("alpha", ["cpu", "load", "old"]);
      await bench.append(
        "alpha",
        [cpu, load],
        [
          [0, 1, 2],
          [1_000, 3, NaN],
        ],
      );
      await bench.append("alpha", [old], [[-5_000, 9]]);
      expect(await bench.store.latest("alpha", bench.start)).toEqual([
        { metric: "cpu", labels: {}, at: bench.start + 1_000, value: 3 },
        { metric: "load", labels: {}, at: bench.start, value: 2 },
      ]);
      expect((await bench.store.latest("alpha", bench.start + 1)).map(({ metric }) => metric)).toEqual(["cpu"]);
      expect(await bench.store.latest("alpha", bench.start - 5_000)).toHaveLength(3);
      expect(await bench.store.latest("nobody", 0)).toEqual([]);
    });

    storeTest("[ST21] a deleted server is gone with its series, samples and receipts; others stay", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const [other] = await bench.ids("beta", ["cpu"]);
      await bench.append("alpha", [cpu], [[0, 1]], { stream: "a", seq: 1 });
      await bench.append("beta", [other], [[0, 2]], { stream: "b", seq: 1 });
      await bench.store.deleteServer("alpha");
      await bench.store.deleteServer("nobody");
      expect(await bench.store.size()).toMatchObject({ seriesCount: 1, sampleCount: 1 });
      expect(await bench.points({ metric: "cpu", untilMs: 1 })).toEqual([[2]]);
      expect(await bench.store.seriesOf("alpha")).toEqual([]);
      expect(await bench.store.receipts("a")).toEqual([]);
      expect(await bench.store.receipts("b")).toEqual([[1, 1]]);
      // What was on its way then does not bring it back, and the name may be used anew.
      const late = bench.append("alpha", [cpu], [[1, 1]], { stream: "a", seq: 7 });
      expect(await late).toMatchObject({ rejected: { "unknown-series": 1 } });
      const [fresh] = await bench.ids("alpha", ["cpu"]);
      expect(fresh).not.toBe(cpu);
      expect(await bench.append("alpha", [fresh], [[0, 5]], { stream: "a", seq: 9 })).toMatchObject({ storedCount: 1 });
      expect(await bench.append("alpha", [cpu], [[2, 1]])).toMatchObject({ rejected: { "unknown-series": 1 } });
      await bench.store.deleteServer("alpha");
      expect(await bench.store.receipts("a")).toEqual([]);
    });

    storeTest(
      "[ST22] dropping takes what is older, answers how many samples, and then the silent series",
      async (bench) => {
        const [cpu, load] = await bench.ids("alpha", ["cpu", "load"]);
        const [early] = await bench.ids("alpha", ["early"]);
        await bench.append(
          "alpha",
          [cpu, load],
          [
            [0, 1, 1],
            [1_000, 1, NaN],
          ],
        );
        await bench.append("alpha", [early], [[-6 * DAY_MS, 1]]);
        await bench.put("beta", "cpu", [[999, 1]]);
        expect(await bench.store.dropBefore(bench.start + 1_000)).toBe(4);
        expect(await bench.store.dropBefore(bench.start + 1_000)).toBe(0);
        expect((await bench.store.size()).sampleCount).toBe(1);
        expect(await bench.points({ metric: "cpu", untilMs: 2_000, stepMs: 1_000 })).toEqual([[NaN, 1]]);
        await bench.clock.advance(3 * DAY_MS);
        const offsetMs = bench.clock.now() - bench.start;
        await bench.append("alpha", [load], [[offsetMs, 1]]);
        expect(await bench.store.dropBefore(bench.clock.now() - DAY_MS)).toBe(1);
        expect((await bench.store.seriesOf("alpha")).map(({ metric }) => metric)).toEqual(["load"]);
        expect(await bench.append("alpha", [early], [[offsetMs, 1]])).toMatchObject({
          rejected: { "unknown-series": 1 },
        });
      },
    );

    storeTest("[ST66] several selections are answered at once, each by its own function", async (bench) => {
      await bench.put("alpha", "load", [
        [0, 1],
        [1_000, 3],
      ]);
      await bench.put("alpha", "sent_total", [
        [0, 10],
        [1_000, 30],
      ]);
      await bench.put("beta", "load", [[0, 5]]);
      const select = [
        { metric: "sent_total", match: {}, step: "rate" },
        { metric: "load", match: {}, step: "avg" },
        { metric: "load", match: {}, step: "max" },
        { metric: "unknown", match: {}, step: "avg" },
      ] as const;
      const lines = await bench.ask({ select, range: bench.range(0, 2_000), stepMs: 2_000 });
      expect(lines.map(({ selection, metric, serverId, values }) => [selection, metric, serverId, ...values])).toEqual([
        [0, "sent_total", "alpha", 20],
        [1, "load", "alpha", 2],
        [1, "load", "beta", 5],
        [2, "load", "alpha", 3],
        [2, "load", "beta", 5],
      ]);
    });

    storeTest("[ST67] lines of a group become one, step by step; gaps do not count", async (bench) => {
      await bench.put(
        "alpha",
        "m",
        [
          [0, 1],
          [1_000, 2],
        ],
        { core: "0" },
      );
      await bench.put("alpha", "m", [[0, 3]], { core: "1" });
      await bench.put("beta", "m", [[0, 8]]);
      await bench.put("gamma", "m", [[0, 100]]);
      const groups = [
        { name: "both", serverIds: ["alpha", "beta"] },
        { name: "one", serverIds: ["alpha"] },
        { name: "none", serverIds: ["nobody"] },
      ];
      const combined = async (combine: CombineFunction) => {
        const lines = await bench.query({
          serverIds: ["alpha", "beta", "gamma"],
          range: bench.range(0, 3_000),
          stepMs: 1_000,
          combine: { groups, function: combine },
        });
        return lines.map(({ group, serverId, seriesCount, values }) => [group, serverId, seriesCount, [...values]]);
      };
      expect(await combined("avg")).toEqual([
        ["both", undefined, 3, [4, 2, NaN]],
        ["one", undefined, 2, [2, 2, NaN]],
      ]);
      const both = async (combine: CombineFunction) => (await combined(combine))[0]?.[3];
      expect(await both("min")).toEqual([1, 2, NaN]);
      expect(await both("max")).toEqual([8, 2, NaN]);
      expect(await both("sum")).toEqual([12, 2, NaN]);
      expect(await both("count")).toEqual([3, 1, NaN]);
    });

    storeTest(
      "[ST67] the band of a combined line reaches from the least to the greatest sample of all",
      async (bench) => {
        await bench.put("alpha", "m", [
          [0, 1],
          [500, 3],
        ]);
        await bench.put("beta", "m", [
          [0, 8],
          [500, 10],
        ]);
        const [line] = await bench.query({
          range: bench.range(0, 1_000),
          stepMs: 1_000,
          bands: true,
          combine: { groups: [{ name: "", serverIds: ["alpha", "beta"] }], function: "avg" },
        });
        expect([line?.values[0], line?.min?.[0], line?.max?.[0]]).toEqual([5.5, 1, 10]);
      },
    );

    storeTest(
      "[ST68] of each selection the lines with the greatest mean are kept, in the usual order",
      async (bench) => {
        for (const [serverId, value] of [
          ["a", 3],
          ["b", 9],
          ["c", 1],
          ["d", 7],
        ] as const) {
          await bench.put(serverId, "m", [[0, value]]);
        }
        const query = { serverIds: ["a", "b", "c", "d"], range: bench.range(0, 1_000), stepMs: 1_000, top: 2 };
        expect((await bench.query(query)).map(({ serverId }) => serverId)).toEqual(["b", "d"]);
        // The budget counts what is kept.
        expect(await bench.query({ ...query, pointsMax: 2 })).toHaveLength(2);
        await expectCode(bench.query({ ...query, pointsMax: 1 }), "QUERY_TOO_LARGE");
        await expectCode(bench.query({ ...query, top: 0 }), "BAD_REQUEST");
        const groups = query.serverIds.map((serverId) => ({ name: serverId, serverIds: [serverId] }));
        const lines = await bench.query({ ...query, combine: { groups, function: "sum" } });
        expect(lines.map(({ group }) => group)).toEqual(["b", "d"]);
      },
    );

    storeTest("[ST63] a quantile lies between the samples of its step", async (bench) => {
      await bench.put(
        "alpha",
        "m",
        [4, 1, 3, 2].map((value, index) => [index, value]),
      );
      const quantiles = async (quantile: number) =>
        (await bench.points({ untilMs: 10, step: "quantile", quantile }))[0]?.[0];
      expect(await Promise.all([0, 0.25, 0.5, 1].map(quantiles))).toEqual([1, 1.75, 2.5, 4]);
      expect(await bench.points({ untilMs: 10, step: "quantile" })).toEqual([[2.5]]);
      await expectCode(bench.query({ step: "quantile", quantile: 1.5 }), "BAD_REQUEST");
    });

    storeTest("[ST69] samples come out as they went in, by server, metric and labels", async (bench) => {
      await bench.put("beta", "m", [
        [0, -0],
        [1, 1e-300],
      ]);
      await bench.put("alpha", "n", [
        [5, 0.1],
        [MINUTE_MS, 0.2],
      ]);
      await bench.put(
        "alpha",
        "m",
        [
          [5, 7],
          [-HOUR_MS, 6],
        ],
        { mount: '/\u0000,"' },
      );
      const taken = async (request: Partial<SampleRequest>) => {
        const given: unknown[] = [];
        const whole = { serverIds: ["beta", "alpha", "nobody"], match: {}, range: bench.range(-DAY_MS, DAY_MS) };
        for await (const { serverId, columns } of bench.store.samples({ ...whole, ...request }, NEVER)) {
          for (const { metric, labels, at, values } of columns) {
            for (const [index, instant] of at.entries()) {
              given.push([serverId, metric, labels["mount"] ?? "", instant - bench.start, values[index]]);
            }
          }
        }
        return given.map((sample) => JSON.stringify(sample)).sort();
      };
      const ofBeta = [
        ["beta", "m", "", 0, 0],
        ["beta", "m", "", 1, 1e-300],
      ];
      const ofAlpha = [
        ["alpha", "m", '/\u0000,"', -HOUR_MS, 6],
        ["alpha", "m", '/\u0000,"', 5, 7],
        ["alpha", "n", "", 5, 0.1],
        ["alpha", "n", "", MINUTE_MS, 0.2],
      ];
      const text = (samples: readonly unknown[]) => samples.map((sample) => JSON.stringify(sample)).sort();
      expect(await taken({})).toEqual(text([...ofBeta, ...ofAlpha]));
      expect(await taken({ serverIds: ["alpha"], metrics: ["n"] })).toEqual(text(ofAlpha.slice(2)));
      expect(await taken({ match: { mount: '/\u0000,"' } })).toEqual(text(ofAlpha.slice(0, 2)));
      expect(await taken({ range: bench.range(1, 6) })).toEqual(text([ofBeta[1], ofAlpha[1], ofAlpha[2]]));
      expect(await taken({ range: bench.range(6, 1) })).toEqual([]);
      const reason = new Error("nobody takes them");
      await expect(
        bench.store
          .samples({ serverIds: ["alpha"], match: {}, range: bench.range(0, 9) }, AbortSignal.abort(reason))
          [Symbol.asyncIterator]()
          .next(),
      ).rejects.toBe(reason);
    });

    storeTest("[ST13] what may come in follows the age that is retained", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      await bench.append(
        "alpha",
        [cpu],
        [
          [-2 * DAY_MS, 1],
          [0, 2],
        ],
      );
      const ages = { samplesMs: DAY_MS, minutesMs: DAY_MS, hoursMs: DAY_MS };
      expect(await bench.store.retain(ages)).toMatchObject({ droppedCount: 1 });
      expect(await bench.append("alpha", [cpu], [[-2 * DAY_MS, 1]])).toMatchObject({ rejected: { "too-old": 1 } });
      expect((await bench.store.size()).sampleCount).toBe(1);
    });

    storeTest("[ST23] a closed store refuses", async (bench) => {
      const [cpu] = await bench.ids("alpha", ["cpu"]);
      const last = bench.append("alpha", [cpu], [[0, 1]]);
      await bench.store.close();
      expect(await last).toMatchObject({ storedCount: 1 });
      await expectCode(bench.append("alpha", [cpu], [[1, 1]]), "STARTING");
      await expectCode(bench.points({}), "STARTING");
      await bench.store.close();
    });
  });
}

/** The answer to a mistake or a refusal is known by its code. */
export async function expectCode(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  const error: unknown = await promise.then(
    (value) => ({ resolvedWith: value }),
    (reason: unknown) => reason,
  );
  expect(isMusterError(error, code) ? code : error).toBe(code);
}

/** A store and short ways to speak with it; offsets are from `start`. */
class StoreBench {
  readonly clock: FakeClock;
  readonly start: Instant;
  readonly #arena: StoreArena;
  store: MetricStore;

  private constructor(arena: StoreArena, clock: FakeClock, store: MetricStore) {
    this.#arena = arena;
    this.clock = clock;
    this.start = clock.now() - 20 * MINUTE_MS;
    this.store = store;
  }

  static async open(arena: StoreArena): Promise<StoreBench> {
    const clock = new FakeClock();
    return new StoreBench(arena, clock, await arena.open(LIMITS, { clock }));
  }

  get isDurable(): boolean {
    return this.#arena.isDurable;
  }

  async reopen(): Promise<void> {
    await this.store.close();
    this.store = await this.#arena.open(LIMITS, { clock: this.clock });
  }

  /** Ids of series without labels; -1 where there is none, which no test expects to be stored. */
  async ids<const Metrics extends readonly string[]>(serverId: string, metrics: Metrics) {
    const ids = await this.store.series(
      serverId,
      metrics.map((metric) => ({ metric, labels: {} })),
    );
    return ids.map((id) => id ?? -1) as { [K in keyof Metrics]: SeriesId };
  }

  append(
    serverId: string,
    series: readonly SeriesId[],
    rows: readonly (readonly number[])[],
    receipt?: Batch["receipt"],
  ) {
    return this.store.append({
      serverId,
      series,
      rows: rows.map(([offsetMs = 0, ...values]) => ({ at: this.start + offsetMs, values: Float64Array.from(values) })),
      ...(receipt !== undefined && { receipt }),
    });
  }

  /** Samples of one series. */
  async put(
    serverId: string,
    metric: string,
    samples: readonly (readonly number[])[],
    labels: Labels = {},
  ): Promise<void> {
    const [id = -1] = await this.store.series(serverId, [{ metric, labels }]);
    await this.append(serverId, [id], samples);
  }

  range = (fromMs: number, untilMs: number) => ({ from: this.start + fromMs, until: this.start + untilMs });

  query(query: Partial<FlatQuery>, signal: AbortSignal = NEVER): Promise<readonly QueryLine[]> {
    const whole = { serverIds: ["alpha", "beta"], metric: "m", match: {}, pointsMax: 10_000 } as const;
    return this.store.query(queryOf({ ...whole, range: this.range(0, 1), stepMs: 1, step: "avg", ...query }), signal);
  }

  ask(query: Partial<Query>): Promise<readonly QueryLine[]> {
    const whole = { serverIds: ["alpha", "beta"], select: [], range: this.range(0, 1), stepMs: 1, pointsMax: 10_000 };
    return this.store.query({ ...whole, ...query }, NEVER);
  }

  async points(query: Partial<FlatQuery> & { readonly untilMs?: number }): Promise<number[][]> {
    const { untilMs = 1, ...others } = query;
    const answer = await this.query({ range: this.range(0, untilMs), stepMs: Math.max(1, untilMs), ...others });
    return answer.map(({ values }) => [...values]);
  }
}
