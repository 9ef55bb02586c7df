import { expect, test } from "vitest";
import { webAddress } from "./web-address.ts";

test("XS-01 [UI18] only what is plainly a web address becomes a link", () => {
  expect(webAddress("https://shop.example/a?b=1")).toBe("https://shop.example/a?b=1");
  for (const text of [
    "javascript:alert(1)",
    " https://x",
    "data:text/html,x",
    "//evil.example",
    "https://user:pass@x",
    "https://",
  ])
    expect(webAddress(text), text).toBeUndefined();
});
