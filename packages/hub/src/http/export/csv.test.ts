import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvNumber, csvText } from "./csv.ts";

/** One record as RFC 4180 reads it. */
function readRecord(line: string): readonly string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y;
  for (;;) {
    const match = cell.exec(line);
    if (!match) throw new Error(`no CSV: ${line}`);
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "") return cells;
  }
}

describe("[XS-04] cells of CSV", () => {
  test.for(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "=cmd|' /C calc'!A0", "-"])(
    "[XS-04] %j is no formula",
    (text) => expect(readRecord(csvText(text))).toEqual([`'${text}`]),
  );

  test("[XS-04] any texts come back as they were, in their places, and none begins a formula", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 12 }), { minLength: 1, maxLength: 5 }), (texts) => {
        const cells = readRecord(texts.map(csvText).join(","));
        expect(cells.map((cell, index) => (cell === texts[index] ? cell : cell.slice(1)))).toEqual(texts);
        for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
      }),
      { numRuns: 2_000 },
    );
  });

  test("numbers stay numbers, bit for bit", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(Object.is(Number(csvNumber(value)), value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect([-0, -1.5, 5e-324, 1.7976931348623157e308].map(csvNumber)).toEqual([
      "-0",
      "-1.5",
      "5e-324",
      "1.7976931348623157e+308",
    ]);
    expect(csvNumber(NaN)).toBe("");
  });
});
