import type { QueryAnswer } from "@muster/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { queryPieces } from "./query-pieces.ts";
import type { PackedLine } from "./query-pieces.ts";

const facts = {
  metric: "load1",
  function: "avg",
  serverId: "id",
  tag: null,
  labels: { mount: '/"\n\u0000' },
  seriesCount: 1,
  resolutionMs: null,
} as const;
const head = { from: 0, to: 10, stepMs: 1 };

async function read(lines: readonly PackedLine[]): Promise<{ answer: QueryAnswer; lengths: readonly number[] }> {
  const pieces: string[] = [];
  for await (const piece of queryPieces(head, lines)) pieces.push(piece);
  return { answer: JSON.parse(pieces.join("")) as QueryAnswer, lengths: pieces.map(({ length }) => length) };
}
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const plain = (numbers: Float64Array): number[] => [...numbers];

test("the pieces together are the answer, gaps and bands included", async () => {
  const numbers = fc.float64Array({ maxLength: 20 });
  const line = fc.record({ values: numbers, min: numbers, max: numbers });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(line, fc.record({ values: numbers })), { maxLength: 6 }), async (made) => {
      const { answer } = await read(made.map((numbersOf) => ({ ...facts, ...numbersOf })));
      const whole = made.map((numbersOf) => ({
        ...facts,
        ...Object.fromEntries(Object.entries(numbersOf).map(([name, of]) => [name, plain(of)])),
      }));
      expect(answer).toEqual(asJson({ ...head, series: whole }));
    }),
    { numRuns: 300 },
  );
});

test("no piece is long, whether lines are few and long or many and short", async () => {
  const long = { ...facts, values: Float64Array.from({ length: 100_000 }, (_, index) => index / 7) };
  const { answer, lengths } = await read([long]);
  expect(answer.series[0]?.values).toEqual(plain(long.values));
  expect(Math.max(...lengths)).toBeLessThan(200_000);
  const short = Array.from({ length: 5_000 }, () => ({ ...facts, values: Float64Array.of(1) }));
  expect(Math.max(...(await read(short)).lengths)).toBeLessThan(200_000);
});
