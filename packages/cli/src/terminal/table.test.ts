import { expect, test } from "vitest";
import { coloursFor } from "./colours.ts";
import { renderFields, renderTable } from "./table.ts";

const screen = { outputIsScreen: true, errorIsScreen: false };

test("a table has capital titles, aligned columns and no trailing spaces", async () => {
  const text = await renderTable(
    [{ title: "name" }, { title: "cpu", align: "right" }],
    [
      ["web-1", "7 %"],
      ["a", "100 %"],
    ],
  );
  expect(text).toBe("NAME     CPU\nweb-1    7 %\na      100 %\n");
});

test("control characters in a cell cannot move the reader's cursor", async () => {
  const text = await renderTable([{ title: "name" }], [["evil\u001b[2J\nname"]]);
  expect(text).toBe("NAME\nevil\\u001b[2J\\u000aname\n");
});

test("colours do not disturb the columns", async () => {
  const { bad } = coloursFor("output", screen, {});
  const text = await renderTable([{ title: "state" }, { title: "x" }], [[{ text: "offline", colour: bad }, "1"]]);
  expect(text).toBe("STATE    X\n\u001b[31moffline\u001b[39m  1\n");
});

test("there are colours only on a screen, and none with NO_COLOR or a dumb terminal", () => {
  const marked = (env: Record<string, string>, terminal = screen) =>
    coloursFor("output", terminal, env).bad("x") !== "x";
  expect(marked({})).toBe(true);
  expect(marked({ NO_COLOR: "1" })).toBe(false);
  expect(marked({ TERM: "dumb" })).toBe(false);
  expect(marked({}, { outputIsScreen: false, errorIsScreen: true })).toBe(false);
});

test("fields align their values", () => {
  expect(
    renderFields([
      ["a", "1"],
      ["longer", "2"],
    ]),
  ).toBe("a:      1\nlonger: 2\n");
});
