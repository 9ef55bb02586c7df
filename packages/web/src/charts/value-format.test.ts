import { expect, test } from "vitest";
import { makeFormat } from "../i18n/format.ts";
import { formatTick, formatValue } from "./value-format.ts";

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
