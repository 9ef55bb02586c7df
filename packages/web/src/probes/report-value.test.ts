import { expect, test } from "vitest";
import { makeFormat } from "../i18n/format.ts";
import { pingLines } from "./ping-lines.ts";
import { readable } from "./readable.ts";
import { reportNumber, shortTime } from "./report-value.ts";
import { uptimeOf, uptimePercent, uptimeQuery } from "./uptime.ts";

const en = makeFormat("en", "UTC");
const ru = makeFormat("ru", "UTC");

test.each([
  [1_536, "bytes", "1.50 KiB"],
  [1_536, "bytes_per_second", "1.50 KiB/s"],
  [0.934, "ratio", "93.4 %"],
  [0.043, "seconds", "43 ms"],
  [244, "seconds", "4m 4s"],
  [43, "milliseconds", "43 ms"],
  [0.2, "milliseconds", "< 1 ms"],
  [12.5, "per_second", "12.50/s"],
  [1_234, "count", "1,234"],
  [503, undefined, "503"],
  [2.5, "of a newer hub", "2.50"],
  [0, "instant", "Jan 1, 1970, 00:00:00"],
  [9e15, "instant", "9,000,000,000,000,000"],
])("%d in %s is %s", (value, unit, text) => {
  expect(reportNumber(value, unit, en)).toBe(text);
});

test("what is no number is left to be shown as it is", () => {
  expect(reportNumber("TLSv1.3", "count", en)).toBeUndefined();
  expect(reportNumber(null, "bytes", en)).toBeUndefined();
  expect(reportNumber(1.5, "per_second", ru)).toBe("1,50/с");
});

test("times change from milliseconds to seconds where the eye does", () => {
  expect([0, 9_999, 10_000, 95_000].map((ms) => shortTime(ms, en))).toEqual(["0 ms", "9,999 ms", "10s", "1m 35s"]);
});

test("a length that somebody chose has no rest of nothing", () => {
  expect([30_000, 3_600_000, 86_400_000, 5_400_000].map(en.span)).toEqual(["30s", "1h", "1d", "1h 30m"]);
  expect(ru.span(86_400_000)).toMatch(/^1\sд\.$/);
});

test("a key without a text is made readable", () => {
  expect(["hitRatio", "p95_seconds", "sslMode", "tables", "last-vacuum"].map(readable)).toEqual([
    ...["Hit ratio", "P95 seconds", "Ssl mode", "Tables", "Last vacuum"],
  ]);
});

test("the whole of a span is one step, and a share is never rounded up to all", () => {
  const query = uptimeQuery("p", 3_600_000, 7_230_000);
  expect(query).toMatchObject({ probe: "p", from: 3_600_000, to: 7_200_000, step: 3_600_000, by: "series" });
  expect(uptimeOf({ series: [] })).toBeNull();
  expect(uptimeOf({ series: [{ values: [null, 0.5, null] }] })).toBe(0.5);
  expect([1, 0.99999, 0.9995, 0.5].map(uptimePercent)).toEqual([100, 99.99, 99.95, 50]);
});

test("lines that call a probe tell the start, run the job, and pass its exit code on", () => {
  const { call, cron } = pingLines("https://hub/api/v1/pings/mpg1.x", "backup");
  expect(call).toBe("curl -fsS -m 10 --retry 3 -X POST https://hub/api/v1/pings/mpg1.x");
  expect(cron).toMatch(/^0 3 \* \* \* curl .*\/mpg1\.x\/start; backup; curl .*\/mpg1\.x\/\$\?$/);
  // A crontab takes a per cent sign for the end of the line.
  expect(cron).not.toContain("%");
});
