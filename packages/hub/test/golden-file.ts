import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

/** Compares with a file in the tree; `UPDATE_GOLDEN=1` writes it anew. */
export function expectGolden(file: URL, actual: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, actual);
  expect(existsSync(file) ? readFileSync(file, "utf8") : "", `${file.pathname} is old; run with UPDATE_GOLDEN=1`).toBe(
    actual,
  );
}
