import { expect, test } from "vitest";
import type { SqlColumn } from "./sql-series.ts";
import { sqlSeries } from "./sql-series.ts";

const number = (name: string): SqlColumn => ({ name, is: "number" });
const text = (name: string): SqlColumn => ({ name, is: "text" });

test("names are made such as can be kept, and one that is taken or none is told", () => {
  const columns = [
    number("Total Users"),
    number("total-users"),
    number("Число"),
    number("2nd"),
    number("x".repeat(300)),
  ];
  const { samples, problems } = sqlSeries(columns, [["1", "2", "3", "4", "5"]]);
  expect(samples).toEqual([
    { metric: "custom_total_users", value: 1 },
    { metric: "custom__2nd", value: 4 },
  ]);
  expect(problems).toEqual([
    'the column "total-users" is left out: another one is called custom_total_users, too',
    'the column "Число" is left out: its name has no letters or digits, or is too long',
    expect.stringContaining("is left out: its name has no letters or digits, or is too long"),
  ]);
});

test("rows with the same labels clash; nothing and what is no number is left out, and is never 0", () => {
  const { samples, problems } = sqlSeries(
    [text("plan"), number("users"), { name: "at", is: "other" }],
    [
      ["pro", "5", "now"],
      ["pro", "6", "now"],
      ["trial", null, null],
      ["free", "NaN", null],
      [null, "7", null],
    ],
  );
  expect(samples).toEqual([
    { metric: "custom_users", value: 5, labels: { plan: "pro" } },
    { metric: "custom_users", value: 7 },
  ]);
  expect(problems).toEqual(["1 numbers are left out: rows before them have the same labels"]);
});

test("labels and series are bounded", () => {
  const many = Array.from({ length: 10 }, (_, index) => text(`label_${index}`));
  const row = [...many.map(() => "y".repeat(1_000)), "1"];
  const one = sqlSeries([...many, number("n")], [row]);
  expect(Object.keys(one.samples[0]!.labels!)).toHaveLength(8);
  expect(one.samples[0]!.labels!["label_0"]).toHaveLength(256);
  expect(one.problems).toEqual(["only the first 8 columns of text are labels"]);
  const rows = Array.from({ length: 100 }, (_, index) => [`row ${index}`, String(index)]);
  const { samples, problems } = sqlSeries([text("name"), number("n")], rows);
  expect(samples).toHaveLength(50);
  expect(problems).toEqual(["50 numbers are left out: more than 50 series"]);
  expect(sqlSeries([text("name")], [["x"]]).problems).toEqual(["no column of the answer is a number"]);
});
