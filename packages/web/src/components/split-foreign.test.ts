import { expect, test } from "vitest";
import { splitForeign } from "./split-foreign.ts";

test("a mark that turns text around is shown by its code", () => {
  expect(splitForeign("exe\u202etxt.cod")).toEqual([
    { is: "text", text: "exe" },
    { is: "mark", code: "202E" },
    { is: "text", text: "txt.cod" },
  ]);
});

test("ordinary text of any script is one piece", () => {
  for (const text of ["web-1", "сервер", "伺服器", "שרת", "a\tb"]) {
    expect(splitForeign(text)).toEqual([{ is: "text", text }]);
  }
});

test("escape and null are shown", () => {
  expect(splitForeign("\u001b[31m\u0000").filter((piece) => piece.is === "mark")).toEqual([
    { is: "mark", code: "001B" },
    { is: "mark", code: "0000" },
  ]);
});
