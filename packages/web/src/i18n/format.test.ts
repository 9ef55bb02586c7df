import { expect, test } from "vitest";
import { makeFormat } from "./format.ts";

const en = makeFormat("en", "UTC");
const ru = makeFormat("ru", "UTC");
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

test("bytes have three figures and IEC units", () => {
  expect([0, 512, 999, 1_024, 1_536, 10_240, 104_857_600, 1_023 * 1_024].map(en.bytes)).toEqual([
    "0 B",
    "512 B",
    "999 B",
    "1.00 KiB",
    "1.50 KiB",
    "10.0 KiB",
    "100 MiB",
    "1.00 MiB",
  ]);
  expect(ru.bytes(1_536)).toBe("1,50 КиБ");
  expect(ru.bytesPerSecond(1_536)).toBe("1,50 КиБ/с");
});

test("the unknown is a dash and never a zero", () => {
  expect([en.bytes(null), en.percent(null), en.number(undefined), en.duration(null), en.compact(Number.NaN)]).toEqual([
    "–",
    "–",
    "–",
    "–",
    "–",
  ]);
});

test("moments are told in the language's own word", () => {
  expect([en, ru].map(({ milliseconds }) => plain(milliseconds(1_234)))).toEqual(["1,234 ms", "1 234 мс"]);
});

test("percentages have one digit after the point", () => {
  expect(en.percent(0.8734)).toBe("87.3");
  expect(ru.percentWithUnit(1)).toBe("100,0 %");
});

test("durations show their two largest units", () => {
  expect(plain(en.duration(42_000))).toBe("42s");
  expect(plain(en.duration(3 * 86_400_000 + 4 * 3_600_000 + 59_000))).toBe("3d 4h");
  expect(plain(ru.duration(90_000))).toBe("1 мин 30 с");
});

test("ages count from now in the language", () => {
  expect(en.ago(300)).toBe("now");
  expect(plain(en.ago(42_500))).toBe("42s ago");
  expect(plain(ru.ago(7_200_000))).toBe("2 ч назад");
});
