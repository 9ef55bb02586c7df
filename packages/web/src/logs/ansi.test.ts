import fc from "fast-check";
import { expect, test } from "vitest";
import { ansiPieces, ansiText } from "./ansi.ts";

const looks = (line: string) => ansiPieces(line).map(({ text, color, weight }) => `${color ?? "-"}/${weight}: ${text}`);

test("[UI16] colours and weights of SGR are kept, bright and extended ones as the nearest of eight", () => {
  expect(looks("a\u001b[31mb\u001b[1mc\u001b[0md")).toEqual([
    "-/normal: a",
    "red/normal: b",
    "red/bold: c",
    "-/normal: d",
  ]);
  expect(looks("\u001b[92mx\u001b[39my")).toEqual(["green/normal: x", "-/normal: y"]);
  expect(looks("\u001b[38;5;196mx\u001b[38;2;10;20;250my")).toEqual(["red/normal: x", "blue/normal: y"]);
  // A background's numbers are no colours of the text.
  expect(looks("\u001b[48;5;31mx")).toEqual(["-/normal: x"]);
});

test.each([
  ["OSC 8", "\u001b]8;;http://evil.example\u0007text\u001b]8;;\u001b\\", "text"],
  ["OSC 52", "\u001b]52;c;cm0gLXJm\u0007text", "text"],
  ["a title", "\u001b]0;owned\u0007text", "text"],
  ["DCS", '\u001bP$q"p\u001b\\text', "text"],
  ["moving about", "\u001b[2J\u001b[1;1Htext\u001b[6n", "text"],
  ["a request for a mode", "\u001b[?25$ptext", "text"],
  ["one with eight bits", "\u009b31mtext\u009d0;x\u009c", "text"],
  ["one without an end", "text\u001b]0;owned", "text"],
  ["a short one", "\u001bctext\u001b(B", "text"],
  ["one that is cut off", "text\u001b[", "text"],
])("XS-03 %s leaves nothing but the text", (_what, line, text) => {
  expect(ansiText(line)).toBe(text);
  expect(
    ansiPieces(line)
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text);
});

test("XS-03 no escape character survives, whatever the line holds, and other text is whole", () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom("\u001b", "\u001b[", "\u001b]", "\u009b", "\u0007", "31m", ";", "\u001b\\"),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = ansiPieces(parts.join(""))
        .map((piece) => piece.text)
        .join("");
      for (const escape of ["\u001b", "\u009b", "\u009d", "\u0090"]) expect(text.includes(escape)).toBe(false);
      expect(text).toBe(ansiText(parts.join("")));
    }),
  );
  expect(ansiText("plain text; [31m stays")).toBe("plain text; [31m stays");
});
