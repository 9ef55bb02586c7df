import { expect, test } from "vitest";
import { formatSort, loginSearch, overviewSearch, parseSort } from "./search.ts";

test("after signing in one lands on a path of this hub only", () => {
  expect(loginSearch({ next: "/servers/1?range=1h" })).toEqual({ next: "/servers/1?range=1h" });
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", 7]) {
    expect(loginSearch({ next })).toEqual({});
  }
});

test("a mangled address leaves out what it does not understand", () => {
  expect(overviewSearch({ q: 80, sort: "-cpu", view: "spiral", group: "tag" })).toEqual({
    q: "80",
    sort: "-cpu",
    group: "tag",
  });
  expect(overviewSearch({ sort: "colour" })).toEqual({});
});

test("a sort survives the address", () => {
  for (const sort of ["cpu", "-memory"]) expect(formatSort(parseSort(sort)!)).toBe(sort);
});
