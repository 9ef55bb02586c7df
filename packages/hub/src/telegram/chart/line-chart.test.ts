import { crc32, inflateSync } from "node:zlib";
import { bytesText, HOUR_MS, MINUTE_MS } from "@muster/core";
import { describe, expect, test } from "vitest";
import { timeTicks, valueAxis } from "./axis.ts";
import { lineChart } from "./line-chart.ts";
import type { ChartPanel } from "./line-chart.ts";

const UNTIL = Date.UTC(2026, 10, 26, 12, 17);

/** Reads a file back as others do: each part with its sum, then the points. */
function decoded(png: Buffer): { readonly width: number; readonly height: number; at(x: number, y: number): string } {
  expect(png.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const named = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(named));
    chunks.set(named.subarray(0, 4).toString(), named.subarray(4));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
  const header = chunks.get("IHDR")!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  expect([...header.subarray(8)]).toEqual([8, 2, 0, 0, 0]);
  const rows = inflateSync(chunks.get("IDAT")!);
  expect(rows.length).toBe(height * (3 * width + 1));
  const at = (x: number, y: number): string => {
    const place = y * (3 * width + 1) + 1 + 3 * x;
    return rows.subarray(place, place + 3).toString("hex");
  };
  return { width, height, at };
}

const panel = (values: readonly number[], spread = 0): ChartPanel => ({
  ...{ title: "CPU busy", unit: "ratio", values: Float64Array.from(values) },
  min: Float64Array.from(values, (value) => value - spread),
  max: Float64Array.from(values, (value) => value + spread),
});
const [LINE, BAND, PAPER] = ["4450c4", "d6daf6", "ffffff"];

describe("charts", () => {
  test("[TGB15] a picture is a PNG that others read: a line with its band, dark on light, and a gap stays a gap", () => {
    const png = lineChart([panel([0.5, 0.5, Number.NaN, 0.5, 0.5], 0.2)], UNTIL - HOUR_MS, UNTIL);
    const { width, height, at } = decoded(png);
    expect([width, height]).toEqual([800, 240]);
    // The plot is from 118 to 780 and from 34 to 210: half of it is at 122.
    for (const x of [200, 300, 600, 700]) expect(at(x, 122)).toBe(LINE);
    expect(at(200, 140)).toBe(BAND);
    expect(at(200, 60)).toBe(PAPER);
    for (const y of [100, 130, 180]) expect(at(449, y)).toBe(PAPER);
  });

  test("[TGB15] whatever the numbers are there is a picture, never more than three panels and never large", () => {
    const noise = Array.from({ length: 200 }, (_none, index) => Math.abs(Math.sin(index * 977)));
    const many = lineChart(
      Array.from({ length: 9 }, () => panel(noise, 0.3)),
      UNTIL - HOUR_MS,
      UNTIL,
    );
    expect(decoded(many).height).toBe(720);
    expect(many.length).toBeLessThan(200_000);
    const odd = [[], [Number.NaN], [0], [-5, 5], [1e300, -1e300], [1e-300], [Number.POSITIVE_INFINITY, 1], [7, 7, 7]];
    for (const values of odd)
      for (const unit of ["ratio", "bytes", "count", undefined] as const)
        decoded(lineChart([{ ...panel(values), unit, title: "Ж\u0000".repeat(500) }], UNTIL - HOUR_MS, UNTIL));
  });
});

describe("axes", () => {
  test("[TGB15] values stand between round steps, a share between nothing and all, bytes in powers of 1,024", () => {
    expect(valueAxis([0.2, 0.4], "ratio").ticks).toEqual([0, 0.5, 1]);
    expect(valueAxis([3, 91], "count").ticks).toEqual([0, 50, 100]);
    expect(valueAxis([57.2, 64.4], "celsius")).toMatchObject({ least: 56, most: 66 });
    expect(valueAxis([0, 5e6], "bytes").ticks.map(bytesText)).toEqual(["0 B", "2.00 MiB", "4.00 MiB", "6.00 MiB"]);
    const flat = valueAxis([7, 7], "count");
    expect(flat.least).toBeLessThan(7);
    expect(flat.most).toBeGreaterThan(7);
    expect(valueAxis([], "count").ticks.length).toBeGreaterThan(1);
  });

  test("[TGB15] times are round ones of the day, few enough to be read", () => {
    const labels = (spanMs: number) => timeTicks(UNTIL - spanMs, UNTIL).map(({ label }) => label);
    expect(labels(30 * MINUTE_MS)).toEqual(["11:50", "11:55", "12:00", "12:05", "12:10", "12:15"]);
    expect(labels(6 * HOUR_MS)).toEqual(["07:00", "08:00", "09:00", "10:00", "11:00", "12:00"]);
    expect(labels(168 * HOUR_MS)).toEqual(["11-20", "11-21", "11-22", "11-23", "11-24", "11-25", "11-26"]);
  });
});
