import { readFileSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { DAY_MS, HOUR_MS } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { checkMetricStore, exportMetricStore, importMetricStore } from "../src/offline.ts";
import { checkStore } from "../src/metrics/catalog.ts";
import { EngineMetricStore } from "../src/metrics/engine/engine-store.ts";
import { CLOSED_MS } from "../src/metrics/engine/schema.ts";
import { expectCode } from "../src/metrics/metric-store.contract.ts";
import { holdDataDirectory } from "../src/state/data-directory.ts";
import { look } from "./crash-judge.ts";
import { PARTS, runPart } from "./crash-scenario.ts";

const nobody = (): void => undefined;
const NOW = 1_800_000_000_000;
const GOLDEN = new URL("../../../fixtures/store/store-1.muster", import.meta.url).pathname;
const GOLDEN_SAMPLES = new URL("../../../fixtures/store/store-1.samples.txt", import.meta.url);

/** A store with blocks, frames, roll-ups, closed hours and receipts. */
async function store(directory: TemporaryDirectory): Promise<string> {
  const path = directory.file("metrics.db");
  await runPart(path, PARTS.storing, nobody);
  await runPart(path, PARTS.ageing.slice(0, -2), nobody);
  return path;
}

const PLANTED: readonly (readonly [code: string, sql: string])[] = [
  [
    "block-damaged",
    "UPDATE block SET packed = CAST(substr(packed, 1, length(packed) - 1) || x'5A' AS BLOB) WHERE id = (SELECT min(id) FROM block WHERE resolution = 0)",
  ],
  ["block-damaged", "UPDATE series_hours SET packed = substr(packed, 1, 9) WHERE series = 1"],
  ["block-set-aside", "UPDATE block SET resolution = -7 WHERE id = (SELECT min(id) FROM block WHERE resolution = 0)"],
  ["block-miscounted", "UPDATE block SET samples = samples + 1 WHERE id = (SELECT max(id) FROM block)"],
  ["block-misplaced", `UPDATE block SET start = start + ${HOUR_MS}, until = until + ${HOUR_MS} WHERE resolution = 0`],
  ["block-overlap", `UPDATE block SET until = until + ${100 * DAY_MS} WHERE resolution = 0`],
  [
    "frame-sealed-too",
    `INSERT INTO frame (server, at, layout, samples, packed)
     SELECT block.server, ${500 * CLOSED_MS + DAY_MS + 3.5 * HOUR_MS}, layout.id, 2, x'000000000000F03F000000000000F03F'
     FROM block JOIN layout ON layout.server = block.server AND length(series) = 8 WHERE resolution = 0 LIMIT 1`,
  ],
  ["frame-damaged", "INSERT INTO frame (server, at, layout, samples, packed) VALUES (1, 5, 1, 3, x'0000')"],
  ["tally-wrong", "UPDATE tally SET samples = samples + 1"],
  ["stock-wrong", "UPDATE stock SET bytes = bytes + 1"],
  ["receipt-disorder", "INSERT INTO receipt (stream, first, last) VALUES ('s', 0, 5), ('s', 5, 6)"],
  ["orphan", "INSERT INTO receipt (stream, first, last, server) VALUES ('x', 0, 5, 99)"],
  ["layout-orphan", "INSERT INTO layout (server, series, last_used_at) VALUES (1, x'63000000', 0)"],
  ["deletion-unfinished", "UPDATE server SET name = NULL WHERE id = 1"],
];

test("[ST48] each kind of damage is found, with what it means and what to do", { timeout: 60_000 }, async () => {
  await using directory = await temporaryDirectory("store-check");
  const path = await store(directory);
  const whole = readFileSync(path);
  expect(checkStore(path).findings).toEqual([]);
  for (const [code, sql] of PLANTED) {
    writeFileSync(path, whole);
    const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    db.exec("PRAGMA journal_mode = DELETE");
    expect(Number(db.prepare(sql).run().changes), sql).toBeGreaterThan(0);
    db.exec("PRAGMA journal_mode = WAL");
    db.close();
    const before = readFileSync(path);
    const found = checkStore(path).findings;
    const finding = found.find((each) => each.code === code);
    expect(finding, `${code}: ${found.map((each) => each.code).join(", ")}`).toBeDefined();
    expect(finding?.places.length).toBeGreaterThan(0);
    expect(readFileSync(path).equals(before)).toBe(true);
  }
  // A page of zeros in the middle is SQLite's to find.
  const pages = Buffer.from(whole);
  pages.fill(0, 8_192 * 3, 8_192 * 5);
  writeFileSync(path, pages);
  const codes = (() => {
    try {
      return checkStore(path).findings.map(({ code }) => code);
    } catch (error) {
      return [(error as { code: string }).code];
    }
  })();
  expect(codes.some((code) => code === "file-damaged" || code === "DATABASE_DAMAGED")).toBe(true);
});

test("[ST48] a log that was left is read where it is", async () => {
  await using directory = await temporaryDirectory("store-check");
  const path = directory.file("metrics.db");
  const limits = { retentionMs: 1e12, futureSkewMs: 1e12, seriesPerServerMax: 10 };
  const living = await EngineMetricStore.open({ path, ...limits }, { clock: new FakeClock(NOW) });
  try {
    const series = (await living.series("alpha", [{ metric: "m", labels: {} }])) as number[];
    await living.append({ serverId: "alpha", series, rows: [{ at: NOW, values: Float64Array.of(1) }] });
    const sizes = () => [path, `${path}-wal`].map((file) => statSync(file).size);
    const before = sizes();
    expect(checkStore(path)).toMatchObject({ samples: 1, findings: [{ code: "log-left", weight: "remark" }] });
    expect(sizes()).toEqual(before);
  } finally {
    await living.close();
  }
});

test("[ST49] what is set aside is counted no longer, samples and hours alike", async () => {
  await using directory = await temporaryDirectory("store-check");
  const path = directory.file("metrics.db");
  await runPart(path, PARTS.storing, nobody);
  const db = new DatabaseSync(path);
  // All hours of alpha, and the samples that come late ones get into.
  db.exec(
    "UPDATE block SET packed = CAST(substr(packed, 1, length(packed) - 1) || x'5A' AS BLOB) WHERE server = 1 AND (resolution > 0 OR start = 0)",
  );
  db.close();
  // Closing the hours sets the damaged day aside.
  await runPart(
    path,
    PARTS.ageing.filter(({ name }) => name !== "minutes" && name !== "drop"),
    nobody,
  );
  const codes = checkStore(path).findings.map(({ code }) => code);
  expect(codes).toEqual(["block-set-aside"]);
});

test("[ST50] a store file of version 1 can be read", async () => {
  await using directory = await temporaryDirectory("store-check");
  const outcome = await importMetricStore(directory.file("data"), GOLDEN, NOW, {});
  expect(outcome).toMatchObject({ servers: 1, duplicates: 0 });
  expect(outcome.stopped).toBeUndefined();
  const samples = look(directory.file("data", "metrics.db"), (file) => file.dump("alpha"));
  expect(`${samples.join("\n")}\n`).toBe(readFileSync(GOLDEN_SAMPLES, "utf8"));
});

test("[ST53] a data directory that a hub holds is left alone", async () => {
  await using directory = await temporaryDirectory("store-check");
  const dataDir = directory.file("data");
  await expectCode(checkMetricStore(dataDir), "NOT_FOUND");
  const data = holdDataDirectory(dataDir, { pid: 7, listen: "127.0.0.1:1", since: "today" });
  try {
    writeFileSync(data.file("metrics.db"), "");
    await expectCode(checkMetricStore(dataDir), "DATA_DIRECTORY_IN_USE");
    await expectCode(exportMetricStore(dataDir, directory.file("file"), NOW, {}), "DATA_DIRECTORY_IN_USE");
    await expectCode(importMetricStore(dataDir, GOLDEN, NOW, {}), "DATA_DIRECTORY_IN_USE");
  } finally {
    data.release();
  }
});
