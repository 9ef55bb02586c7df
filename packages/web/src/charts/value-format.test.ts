import { expect, test } from "vitest";
import { makeFormat } from "../i18n/format.ts";
import { formatTick, formatValue, tickSteps } from "./value-format.ts";

const en = makeFormat("en", "UTC");
const ru = makeFormat("ru", "UTC");

test("an axis shows round sizes without a fraction", () => {
  expect(formatTick("bytes", 2 * 1_024 ** 3, 1_024 ** 3, en)).toBe("2 GiB");
  expect(formatTick("bytes_per_second", 1_536, 512, ru)).toBe("1,50 КиБ/с");
  expect(formatTick("bytes_per_second", 64 * 1_024, 1_024, ru)).toBe("64 КиБ/с");
  expect(formatTick("bytes", 0, 1, en)).toBe("0");
});

test("what is drawn below the axis is shown without a sign", () => {
  expect(formatTick("bytes", -1_024, 1_024, en)).toBe("1 KiB");
  expect(formatValue("bytes_per_second", -1_536, en)).toBe("1.50 KiB/s");
});

test("neighbouring lines of a grid never share a label", () => {
  expect([0, 2.5, 5].map((value) => formatTick("load", value, 2.5, en))).toEqual(["0.0", "2.5", "5.0"]);
  expect([0, 1, 2].map((value) => formatTick("load", value, 1, en))).toEqual(["0", "1", "2"]);
  expect(formatTick("ratio", 0.125, 0.125, en)).toBe("12.5 %");
});

test("shares are per cent, and frost stays frost", () => {
  expect(formatTick("ratio", 0.25, 0.25, en)).toBe("25 %");
  expect(formatValue("ratio", 0.251, en)).toBe("25.1 %");
  expect(formatValue("celsius", -4, en)).toBe("-4.0 °C");
  expect(formatValue("celsius", null, en)).toBe("–");
});

test("answers are told in milliseconds, uptimes in days, and an axis of time is divided as a clock is", () => {
  expect(formatValue("seconds", 0.0432, en)).toBe("43 ms");
  expect(formatValue("seconds", 0.0002, en)).toBe("1 ms");
  expect(formatValue("seconds", 0, en)).toBe("0s");
  expect(formatValue("seconds", 95, en)).toBe("1m 35s");
  expect([0, 0.05, 0.1].map((value) => formatTick("seconds", value, 0.05, en))).toEqual(["0", "50 ms", "100 ms"]);
  expect([0, 20, 40].map((days) => formatTick("seconds", days * 86_400, 20 * 86_400, en))).toEqual(["0", "20d", "40d"]);
  expect(tickSteps("seconds")).toContain(3_600);
  expect(tickSteps("load")).toBeUndefined();
});
