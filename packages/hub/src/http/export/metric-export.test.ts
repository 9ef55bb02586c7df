import { MusterError } from "@muster/core";
import { describe, expect, test } from "vitest";
import { createMetricStore } from "../../metrics/catalog.ts";
import { FakeClock } from "@muster/testkit";
import { MetricExport } from "./metric-export.ts";
import type { ExportColumn } from "./metric-export.ts";
import { ROW_FORMATS } from "./row-format.ts";

const clock = new FakeClock();
const NOW = clock.now();
const metrics = await createMetricStore(
  { kind: "memory", retentionMs: 86_400_000, futureSkewMs: 60_000, seriesPerServerMax: 100 },
  { clock },
);
const about = { from: 0, to: 2_000, stepMs: null };
const facts = { serverId: "id", server: "=web", metric: "load1", labels: { mount: 'a"b' } };

async function* columns(...all: readonly ExportColumn[]): AsyncGenerator<ExportColumn> {
  yield* all;
}
async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}
const exporterWith = (limits: { rowsMax?: number; atOnceMax?: number; samplesMax?: number } = {}): MetricExport =>
  new MetricExport({ metrics }, { rowsMax: 100, atOnceMax: 2, samplesMax: 1_000, ...limits });

describe("formats", () => {
  const column = { facts, at: [0, 1_000], values: Float64Array.of(-0, 0.1) };
  test("CSV has a header, CRLF, and both forms of time", async () => {
    const text = await textOf(exporterWith().write(columns(column), about, ROW_FORMATS.csv));
    expect(text).toBe(
      [
        "time,timeMs,value,serverId,server,metric,labels",
        `1970-01-01T00:00:00.000Z,0,-0,id,'=web,load1,"{""mount"":""a\\""b""}"`,
        `1970-01-01T00:00:01.000Z,1000,0.1,id,'=web,load1,"{""mount"":""a\\""b""}"`,
        "",
      ].join("\r\n"),
    );
  });

  test("JSON and NDJSON have the same rows", async () => {
    const json = JSON.parse(await textOf(exporterWith().write(columns(column), about, ROW_FORMATS.json)));
    const lines = (await textOf(exporterWith().write(columns(column), about, ROW_FORMATS.ndjson))).split("\n");
    expect(lines.pop()).toBe("");
    expect(json).toEqual({ ...about, rows: lines.map((line) => JSON.parse(line) as unknown) });
    expect(json.rows[0]).toEqual({ time: "1970-01-01T00:00:00.000Z", timeMs: 0, value: -0, ...facts });
  });

  test("a gap is an empty cell, or null", async () => {
    const gap = { facts, at: [0], values: Float64Array.of(NaN) };
    expect(await textOf(exporterWith().write(columns(gap), about, ROW_FORMATS.csv))).toContain(",0,,id");
    expect(await textOf(exporterWith().write(columns(gap), about, ROW_FORMATS.ndjson))).toContain('"value":null,');
  });

  test("without rows there is the frame alone", async () => {
    const none = (format: keyof typeof ROW_FORMATS) =>
      textOf(exporterWith().write(columns(), about, ROW_FORMATS[format]));
    expect(await none("csv")).toBe("time,timeMs,value,serverId,server,metric,labels\r\n");
    expect(await none("ndjson")).toBe("");
    expect(JSON.parse(await none("json"))).toEqual({ ...about, rows: [] });
  });

  test("a long column comes in pieces of bounded length", async () => {
    const long = {
      facts,
      at: Float64Array.from({ length: 5_000 }, (_, index) => index),
      values: new Float64Array(5_000),
    };
    const lengths: number[] = [];
    const exporter = exporterWith({ rowsMax: 5_000 });
    for await (const piece of exporter.write(columns(long), about, ROW_FORMATS.csv)) lengths.push(piece.length);
    expect(lengths.length).toBeGreaterThan(5);
    expect(Math.max(...lengths)).toBeLessThan(70_000);
  });
});

describe("limits", () => {
  test("the row that is one too many breaks it off", async () => {
    const column = { facts, at: [0, 1, 2], values: Float64Array.of(1, 2, 3) };
    const write = (rowsMax: number) => textOf(exporterWith({ rowsMax }).write(columns(column), about, ROW_FORMATS.csv));
    expect((await write(3)).split("\r\n")).toHaveLength(5);
    await expect(write(2)).rejects.toMatchObject({ code: "QUERY_TOO_LARGE" });
  });

  test("a bounded number runs at once; those that ended in whatever way make room", async () => {
    const exporter = exporterWith({ atOnceMax: 1 });
    async function* failing(): AsyncGenerator<ExportColumn> {
      yield* columns();
      throw new MusterError("STORAGE_FAILED");
    }
    const running = exporter.write(columns(), about, ROW_FORMATS.csv);
    await running.next();
    await expect(exporter.write(columns(), about, ROW_FORMATS.csv).next()).rejects.toMatchObject({
      code: "RATE_LIMITED",
    });
    await running.return();
    await expect(exporter.write(failing(), about, ROW_FORMATS.csv).next()).rejects.toMatchObject({
      code: "STORAGE_FAILED",
    });
    // Never begun, it holds no place either.
    await exporter.write(columns(), about, ROW_FORMATS.csv).return();
    expect(await textOf(exporter.write(columns(), about, ROW_FORMATS.csv))).toContain("time");
  });

  test("what has too many samples is refused before anything is written", async () => {
    const [series] = await metrics.series("many", [{ metric: "load1", labels: {} }]);
    const rows = Array.from({ length: 30 }, (_, index) => ({ at: NOW - index, values: Float64Array.of(1) }));
    await metrics.append({ serverId: "many", series: [series!], rows });
    const check = (rowsMax: number, metric = "load1") => {
      const request = {
        serverIds: ["many"],
        metrics: [metric, "load5"],
        match: {},
        range: { from: NOW - 100, until: NOW + 1 },
      };
      return exporterWith({ rowsMax }).checkSize(request, new AbortController().signal);
    };
    await check(30);
    await check(1, "load15");
    await expect(check(29)).rejects.toMatchObject({
      code: "QUERY_TOO_LARGE",
      details: { fields: { "query.from": expect.stringContaining("30 rows or more; at most 29") } },
    });
  });
});
