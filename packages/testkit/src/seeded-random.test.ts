import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";

const take = (seed: number, count: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

test("the same seed gives the same sequence, another seed another one", () => {
  expect(take(7, 50)).toEqual(take(7, 50));
  expect(take(7, 50)).not.toEqual(take(8, 50));
});

test("numbers are spread over [0, 1)", () => {
  const numbers = take(42, 10_000);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const tenths = new Map<number, number>();
  for (const number of numbers) tenths.set(Math.floor(number * 10), (tenths.get(Math.floor(number * 10)) ?? 0) + 1);
  expect(tenths.size).toBe(10);
  for (const count of tenths.values()) expect(count).toBeGreaterThan(850);
});
