import { DAY_MS } from "@muster/core";
import type { PublicStatus } from "@muster/core";
import { expect, test } from "vitest";
import { statusPageHtml } from "./status-page-html.ts";

const AT = Date.UTC(2026, 10, 26, 12);
const shown = (ratios: readonly (number | null)[]): PublicStatus => ({
  ...{ name: "Shop", text: "", announcement: null, state: "up", at: AT },
  things: [
    {
      ...{ name: "Web", state: "up" },
      days: ratios.map((upRatio, index) => ({ from: AT - (ratios.length - index) * DAY_MS, upRatio })),
    },
  ],
});

test("[SP3] what was away for a moment in 90 days is not said to have been there all the time", () => {
  const days = Array.from({ length: 90 }, (_none, day) => (day === 40 ? 0.9999 : 1));
  const html = statusPageHtml(shown(days), "en");
  expect(html).toContain('aria-label="last 90 days: 99.99%"');
  expect(html).toContain(": 99.99%</title>");
  expect(statusPageHtml(shown([1, 1]), "en")).toContain('aria-label="last 90 days: 100%"');
});

test("[SP3] the time in which nobody looked counts for nothing", () => {
  expect(statusPageHtml(shown([null, 0.5]), "en")).toContain('aria-label="last 90 days: 50%"');
  expect(statusPageHtml(shown([null, null]), "ru")).toContain('aria-label="последние 90 дней: не проверялось"');
});
