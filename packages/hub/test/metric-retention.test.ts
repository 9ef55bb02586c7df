import { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS } from "@muster/core";
import type { AuditRow, RetentionSettings, StorageView } from "@muster/protocol";
import { FakeClock, temporaryDirectory, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createMetricStore } from "../src/metrics/catalog.ts";
import type { MetricStore } from "../src/metrics/metric-store.ts";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";

const SPAN = 10 * DAY_MS;
const LIMITS = { retentionMs: 30 * DAY_MS, futureSkewMs: 60_000, seriesPerServerMax: 1_000 };
const CHOSEN: RetentionSettings = { samplesDays: 7, minutesDays: 60, hoursDays: 400, bytesMax: 1_073_741_824 };

/** Ten days of one server's readings, written before a hub opens the file. */
async function fill(store: MetricStore, serverId: string, now: number, seriesCount: number): Promise<void> {
  const names = Array.from({ length: seriesCount }, (_, index) => ({ metric: "load1", labels: { core: `${index}` } }));
  const series = (await store.series(serverId, names)) as number[];
  let seed = 7;
  const noise = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let at = now - SPAN; at < now; at += HOUR_MS) {
    const rows = Array.from({ length: 12 }, (_, row) => ({
      at: at + row * 300_000,
      values: Float64Array.from({ length: seriesCount }, noise),
    }));
    await store.append({ serverId, series, rows });
  }
}

let hub: TestHub;
let admin: Client;
beforeAll(async () => {
  hub = await startTestHub({ servers: ["alpha"], settings: { retentionDays: 20, minutesRetentionDays: 10 } });
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  await hub.clock.advance(60_000);
  admin = hub.sessionOf("admin");
});

const put = (client: Client, body: unknown) => client.ask("PUT", "/api/v1/system/retention", { body });

describe("the retention", () => {
  test("is the configuration's until somebody chooses; a coarse resolution is kept as long as a finer one", async () => {
    expect((await admin.get("/api/v1/system/retention")).json).toEqual({
      samplesDays: 20,
      minutesDays: 20,
      hoursDays: 1_825,
      bytesMax: null,
    });
  });

  const wrong: readonly (readonly [string, object, readonly string[]])[] = [
    ["minutes go before samples", { minutesDays: 6 }, ["minutesDays"]],
    ["hours go before minutes", { hoursDays: 59 }, ["hoursDays"]],
    ["both are the wrong way round", { samplesDays: 90, minutesDays: 80, hoursDays: 70 }, ["minutesDays", "hoursDays"]],
    ["nothing is kept", { samplesDays: 0 }, ["body.samplesDays"]],
    ["a number is negative", { samplesDays: -1 }, ["body.samplesDays"]],
    ["it is longer than a hundred years", { hoursDays: 36_501 }, ["body.hoursDays"]],
    ["a day is cut", { samplesDays: 1.5 }, ["body.samplesDays"]],
    ["a number is a text", { samplesDays: "7" }, ["body.samplesDays"]],
    ["a field is missing", { samplesDays: undefined }, ["body.samplesDays"]],
    ["a field is not known", { weeksDays: 7 }, ["body.weeksDays"]],
    ["the budget is less than 64 MiB", { bytesMax: 64 * 1024 * 1024 - 1 }, ["body.bytesMax"]],
    ["the budget is no exact number", { bytesMax: Number.MAX_SAFE_INTEGER + 1 }, ["body.bytesMax"]],
  ];
  test.for(wrong)("is refused, field by field, where %s", async ([, change, fields]) => {
    const before = (await admin.get("/api/v1/system/retention")).json;
    const answer = await put(admin, { ...CHOSEN, ...change });
    expect([answer.status, answer.code, Object.keys(answer.json.error.fields as object)]).toEqual([
      400,
      "BAD_REQUEST",
      fields,
    ]);
    expect((await admin.get("/api/v1/system/retention")).json).toEqual(before);
  });

  test("is an administrator's to change; the change is in the log with what was before", async () => {
    for (const role of ["viewer", "operator"]) {
      expect((await put(hub.sessionOf(role), CHOSEN)).code).toBe("FORBIDDEN");
      expect((await hub.sessionOf(role).get("/api/v1/system/retention")).status).toBe(200);
    }
    const before = (await admin.get("/api/v1/system/retention")).json;
    const least = { samplesDays: 1, minutesDays: 1, hoursDays: 1, bytesMax: 64 * 1024 * 1024 };
    for (const chosen of [least, { ...CHOSEN, bytesMax: null }, CHOSEN]) {
      expect((await put(admin, chosen)).json).toEqual(chosen);
      expect((await admin.get("/api/v1/system/retention")).json).toEqual(chosen);
    }
    const { items } = (await admin.get("/api/v1/audit?action=retention.change")).json as { items: AuditRow[] };
    const allowed = items.filter(({ decision, args }) => decision === "allowed" && args["samplesDays"] === 1);
    expect(allowed[0]).toMatchObject({ actor: "admin", target: "history", args: { ...least, before } });
  });
});

describe("with the real store", () => {
  test("a choice outlives a restart and wins over the configuration; shortening drops and gives space back", async () => {
    await using directory = await temporaryDirectory("retention");
    const clock = new FakeClock();
    const first = await startTestHub({ directory, clock, servers: ["alpha", "beta"] });
    const [alpha, beta] = first.servers.map(({ id }) => id) as [string, string];
    await first.stop();
    const path = `${first.dataDir}/metrics.db`;
    const store = await createMetricStore({ kind: "engine", path, ...LIMITS }, { clock });
    for (const id of [alpha, beta]) await fill(store, id, clock.now(), 150);
    await store.close();

    const start = (): Promise<TestHub> =>
      startTestHub({ directory, clock, metricStore: "engine", settings: { retentionDays: 25 } });
    let running = await start();
    const look = async (): Promise<StorageView> => {
      // One account may ask only so often.
      await clock.advance(200);
      return (await running.sessionOf("viewer").get("/api/v1/system/storage")).json as StorageView;
    };
    // As it will be on the disk once the write-ahead log is emptied.
    const filePages = (): number => {
      const database = new DatabaseSync(path, { readOnly: true });
      try {
        return Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
      } finally {
        database.close();
      }
    };
    try {
      await clock.advance(60_000);
      // Sealing runs in a thread of its own.
      const sealed = await waitFor(
        async () => {
          const seen = await look();
          return (seen.resolutions[0]?.count ?? 0) > 0.9 * seen.sampleCount && seen;
        },
        { describe: "the readings are sealed", timeoutMs: 20_000 },
      );
      expect(sealed).toMatchObject({ state: "working", seriesCount: 300, sampleCount: 2 * 150 * 12 * 240 });
      expect(sealed.days.length).toBeGreaterThanOrEqual(10);
      expect(sealed.forecast.bytesPerDay).toBeGreaterThan(0);
      expect(sealed.freeBytes).toBeGreaterThan(0);

      const fullPages = filePages();

      const shorter = { samplesDays: 2, minutesDays: 2, hoursDays: 2, bytesMax: null };
      expect((await put(running.sessionOf("admin"), shorter)).status).toBe(200);
      const short = await waitFor(
        async () => {
          const seen = await look();
          return seen.sampleCount < 0.25 * sealed.sampleCount && filePages() < 0.4 * fullPages && seen;
        },
        {
          describe: async () => `dropped; ${filePages()} of ${fullPages} pages; ${JSON.stringify(await look())}`,
          timeoutMs: 20_000,
        },
      );
      expect(short.sampleCount).toBeGreaterThan(0.15 * sealed.sampleCount);

      const shortPages = filePages();
      await running.stop();
      running = await start();
      expect((await running.sessionOf("viewer").get("/api/v1/system/retention")).json).toEqual(shorter);

      expect((await running.sessionOf("admin").ask("DELETE", `/api/v1/servers/${beta}`)).status).toBe(204);
      await waitFor(
        async () => {
          const seen = await look();
          return (
            seen.seriesCount === 150 && seen.sampleCount < 0.55 * short.sampleCount && filePages() < 0.8 * shortPages
          );
        },
        {
          describe: async () =>
            `the server's history is gone; ${filePages()} of ${shortPages} pages; ${JSON.stringify(await look())}`,
        },
      );
    } finally {
      await running.stop();
    }
  });

  test("a stop in the middle of dropping is clean", async () => {
    await using directory = await temporaryDirectory("retention-stop");
    const clock = new FakeClock();
    await using running = await startTestHub({ directory, clock, metricStore: "engine", servers: ["alpha"] });
    const admin = running.sessionOf("admin");
    for (const samplesDays of [3, 2, 1]) expect((await put(admin, { ...CHOSEN, samplesDays })).status).toBe(200);
    await running.stop();
    expect(running.logs.filter((line) => /"level":"(?:warn|error)"/.test(line) && line.includes("dropped"))).toEqual(
      [],
    );
  });
});
