import { expect, test } from "vitest";
import { readable } from "./readable.ts";

test("a key without a text is made readable", () => {
  expect(["hitRatio", "p95_seconds", "sslMode", "tables", "last-vacuum"].map(readable)).toEqual([
    ...["Hit ratio", "P95 seconds", "Ssl mode", "Tables", "Last vacuum"],
  ]);
});
