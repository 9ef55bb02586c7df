import { expect, test } from "vitest";
import { parseRange } from "./chart-range.ts";
import { RangeSteps } from "./range-steps.ts";

const NOW = 100_000_000;

/** Steps whose address is a variable. */
function steps(text?: string) {
  const made = new RangeSteps(() => NOW);
  const page = { text, made };
  const write = (next: string | undefined): void => {
    page.text = next;
    made.follow(parseRange(next), write);
  };
  write(text);
  return page;
}

test("each look closer is taken back to where it began, one at a time", () => {
  const page = steps("6h");
  page.made.onZoom(90_000_000, 95_000_000);
  page.made.onZoom(91_000_000, 92_000_000);
  expect(page.text).toBe("91000000..92000000");
  page.made.onBack();
  expect(page.text).toBe("90000000..95000000");
  page.made.onBack();
  expect(page.text).toBe("6h");
  page.made.onBack();
  expect(page.text).toBe("6h");
});

test("a fixed range that came with the address goes back to the usual one", () => {
  const page = steps("1000..90000");
  page.made.onBack();
  expect(page.text).toBeUndefined();
});

test("wider is twice as much around the middle, aside is half a window, and nothing passes now", () => {
  const page = steps("50000000..60000000");
  page.made.onWider();
  expect(page.text).toBe("45000000..65000000");
  page.made.onMove(-0.5, 1);
  expect(page.text).toBe("35000000..55000000");
  page.made.onMove(5, 1);
  expect(page.text).toBe("80000000..100000000");
});
