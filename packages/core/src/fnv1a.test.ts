import { expect, test } from "vitest";
import { fnv1a } from "./fnv1a.ts";

test("texts and bytes have the fingerprints that FNV's authors publish", () => {
  expect([fnv1a(""), fnv1a("a"), fnv1a("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  expect(fnv1a(new TextEncoder().encode("foobar"))).toBe(0xbf9cf968);
});
