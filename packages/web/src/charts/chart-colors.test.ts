import { expect, test } from "vitest";
import { mixColors } from "./chart-colors.ts";

test("short and long colours mix alike", () => {
  expect(mixColors("#ff0000", "#ffffff", 0.5)).toBe("rgb(255 128 128)");
  expect(mixColors("#f00", "#fff", 0.5)).toBe("rgb(255 128 128)");
});
