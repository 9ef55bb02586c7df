import { expect, test } from "vitest";
import { readSetupCode } from "./setup-code.ts";

test.each([
  ["#abc-123", "", "abc-123"],
  ["#code=abc", "", "abc"],
  ["", "?code=abc", "abc"],
  ["", "", ""],
  ["#%zz", "", "%zz"],
])("fragment %j and search %j give the code %j", (fragment, search, code) => {
  expect(readSetupCode(fragment, search)).toBe(code);
});
