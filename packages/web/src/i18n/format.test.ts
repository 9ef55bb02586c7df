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

test("[UI27] rates of video are bits a second in powers of a thousand, and frames a second", () => {
  expect([0, 12, 106_250, 124_930, 124_940, 525_000, 12_490_000, 12_500_000, 125_000_000].map(en.bitRate)).toEqual([
    ...["0 bit/s", "96 bit/s", "850 kbit/s", "999 kbit/s", "1.0 Mbit/s"],
    ...["4.2 Mbit/s", "99.9 Mbit/s", "100 Mbit/s", "1.0 Gbit/s"],
  ]);
  expect([ru.bitRate(525_000), ru.frameRate(25), en.frameRate(25)]).toEqual(["4,2 Мбит/с", "25 кадр/с", "25 fps"]);
  expect([en.bitRate(null), en.frameRate(undefined), en.frameRate(0)]).toEqual(["–", "–", "0 fps"]);
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

test("a length that somebody chose has no rest of nothing", () => {
  expect([30_000, 3_600_000, 86_400_000, 5_400_000].map(en.span)).toEqual(["30s", "1h", "1d", "1h 30m"]);
  expect(ru.span(86_400_000)).toMatch(/^1\sд\.$/);
});
