import { describe, expect, test } from "vitest";
import { plainText } from "../probe-result.ts";
import { counterGrowth, grownPerSecond, grownShare } from "./counter-growth.ts";
import { amountIn, flagIn, numberOf } from "./database-row.ts";
import { statementText } from "./statement-text.ts";

describe("numbers of a database", () => {
  test.for([
    ["12", 12],
    ["-0.5", -0.5],
    ["1e3", 1_000],
    ["", null],
    [" 1", null],
    ["NaN", null],
    ["Infinity", null],
    ["1e9999", null],
    ["0x10", null],
    ["9".repeat(1_000_000), null],
    [null, null],
    [undefined, null],
  ] as const)("%s is %s", ([text, number]) => expect(numberOf(text)).toBe(number));

  test("what cannot be below zero is not", () => {
    expect([amountIn({ a: "-1" }, "a"), amountIn({ a: "1" }, "a"), amountIn(undefined, "a")]).toEqual([null, 1, null]);
    expect([flagIn({ a: "Yes" }, "a"), flagIn({ a: "f" }, "a"), flagIn({ a: "Connecting" }, "a")]).toEqual([
      true,
      false,
      null,
    ]);
  });
});

describe("[G5] growth of totals", () => {
  const at = (atMs: number, hits: number | null, reads: number | null, epoch = "") => ({
    ...{ atMs, epoch },
    totals: { hits, reads },
  });
  test("is there after two readings only", () => {
    expect(counterGrowth(undefined, at(0, 1, 1))).toEqual({ is: "first" });
    const growth = counterGrowth(at(0, 10, 0), at(2_000, 40, 10));
    expect([grownPerSecond(growth, "hits"), grownShare(growth, "hits", "reads")]).toEqual([15, 0.75]);
  });
  test("a smaller total or another epoch is a reset", () => {
    expect(counterGrowth(at(0, 10, 5), at(1_000, 50, 4))).toEqual({ is: "reset" });
    expect(counterGrowth(at(0, 10, 5, "a"), at(1_000, 50, 6, "b"))).toEqual({ is: "reset" });
  });
  test("what was not told is null, and what did not grow has no share", () => {
    const growth = counterGrowth(at(0, null, 5), at(1_000, 3, 5));
    expect([grownPerSecond(growth, "hits"), grownShare(growth, "hits", "reads")]).toEqual([null, null]);
    expect(grownShare(counterGrowth(at(0, 1, 1), at(1_000, 1, 1)), "hits", "reads")).toBeNull();
  });
});

describe("a statement of a server's statistics", () => {
  test.for([
    ["SELECT *\n FROM t WHERE a = 'secret' AND b = $1", "SELECT * FROM t WHERE a = '…' AND b = $1"],
    ["SELECT 'it''s \\' x', 1", "SELECT '…', 1"],
    ["SELECT 'cut of", "SELECT '…'"],
    ["SELECT $tag$se'cret$tag$, $$other", "SELECT '…', '…'"],
    ["ALTER ROLE x PASSWORD 'secret'", "(ALTER …)"],
    ["CREATE USER x IDENTIFIED BY 'secret'", "(CREATE …)"],
    ["<insufficient privilege>", "(hidden)"],
    [null, "(hidden)"],
  ] as const)("%s", ([text, shown]) => expect(statementText(text)).toBe(shown));
  test("is bounded and takes little time, whatever it is", { timeout: 2_000 }, () => {
    for (const part of ["'", "$a$", "'\\", "$", "\u202e", "a'$"]) {
      expect(statementText(`SELECT ${part.repeat(300_000)}`).length).toBeLessThanOrEqual(200);
    }
  });
});

test("of a long text only the beginning is looked at", () => {
  expect(plainText(`a\u202e\nb${"\n".repeat(8_000_000)}`, 10)).toBe("a b");
  expect(plainText(`${"\n".repeat(100)}c`, 10)).toBe("");
});
