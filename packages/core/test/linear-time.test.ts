import { describe, expect, test } from "vitest";
import { compileExpression, levelOfText, Redactor, stripEscapes } from "../src/index.ts";
import { GROWTH_MAX, LENGTH, growth, over } from "./growth.ts";

/** What strangers write and users type takes time in proportion to its length. */
describe("text of others", () => {
  test.each([
    ["(a+)+$", "a", "!"],
    ["(a|a)*$", "a", "!"],
    ["(a|b)*a(a|b){70}c", "ab", ""],
    ["(.*){50}x", "y", ""],
    ["(\\w+\\s?)*!", "word ", ""],
    ["(?i)(x+x+)+y", "x", ""],
    ["[^é]{120}é", "ñ", ""],
    ["(a?){75}a{75}", "a".repeat(74).concat("b"), ""],
    ["\\b".repeat(8).concat("zzz"), "a b", ""],
    ["(\\B|a| )*\\b\\b\\b\\b\\b\\b\\bz", "a b", ""],
    ["(^|$|\\b|\\B|a| ){2}z{120}", "a b", ""],
  ])("[DS-03] %s takes time in proportion to the text", (pattern, piece, end) => {
    const compiled = compileExpression(pattern);
    if (!compiled.ok) throw new Error(compiled.why);
    const texts = new Map([LENGTH, 4 * LENGTH].map((length) => [length, over(piece, length) + end]));
    expect(growth((length) => void compiled.matcher.matches(texts.get(length)!))).toBeLessThan(GROWTH_MAX);
  });

  test("[DS-03] an expression is refused or has few places, however it repeats", () => {
    const patterns = ["(((a{200}){200}){200})", "(".repeat(256), "a{150}{150}", "\\b".repeat(150), "(^|a){80}"];
    expect(patterns.map((pattern) => compileExpression(pattern).ok)).toEqual(patterns.map(() => false));
    // Repeats of nothing are written out once: otherwise these would be 10 to the 32nd.
    for (const nothing of ["()", "(|)", "a{0}", "(?:)"])
      expect(compileExpression(`${"(".repeat(15)}${nothing}${"){150}".repeat(15)}`).ok).toBe(true);
  });

  test.each([
    "eyJ-",
    "password",
    "a://a:",
    "token=",
    'secret="',
    "-----BEGIN PRIVATE KEY-----",
    "authorization ",
    "bearer ",
    "--x-token ",
    "mst1.",
    "xoxb-",
    "12345678:AA",
    " ",
    "cookie:",
    "[ERROR",
    "\u001b]8;;",
    "\u001b[",
    "\u001b[1",
  ])("[DS-03] a line of %j over and over takes time in proportion to its length", (piece) => {
    const lines = new Map([LENGTH, 4 * LENGTH].map((length) => [length, over(piece, length)]));
    const work = (length: number): void => {
      const line = lines.get(length)!;
      new Redactor().redact(stripEscapes(line));
      levelOfText(line);
    };
    expect(growth(work)).toBeLessThan(GROWTH_MAX);
  });
});
