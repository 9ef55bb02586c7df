import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileExpression, literalMatcher } from "./expression.ts";

const found = (pattern: string, text: string): boolean => {
  const compiled = compileExpression(pattern);
  if (!compiled.ok) throw new Error(compiled.why);
  return compiled.matcher.matches(text);
};

describe("search by expression", () => {
  test.each([
    ["error", "an error here", "an eror here"],
    ["^error$", "error", "errors"],
    ["^(GET|POST) /[a-z]+", "POST /users", "PUT /users"],
    ["\\bfail\\b", "it did fail.", "failure"],
    ["\\Bing", "going", "ing"],
    ["[45]\\d\\d", "status 503", "status 203"],
    ["[^a-z ]", "abc 1", "abc d"],
    ["(?i)warn(ing)?:", "WARNING: x", "WORNING x"],
    ["a{2,3}b", "xaab", "xab"],
    ["^a{0,2}$", "aa", "aaa"],
    ["x(?:yz)*$", "xyzyz", "xyzy"],
    ["привет|мир", "о, мир", "о, мар"],
    ["(?i)МИР", "мир", "мар"],
    ["\\x41\\u0042\\.", "AB.", "AB,"],
    ["😀+!", "😀😀!", "😀?"],
    ["[\\d-]x", "-x", "ax"],
    ["^$", "", "x"],
    ["(^|,)b(,|$)", "a,b", "ab"],
    ["(?P<code>5\\d+)", "500", "4"],
  ])("%s finds %j and not %j", (pattern, yes, no) => {
    expect([found(pattern, yes), found(pattern, no)]).toEqual([true, false]);
  });

  test.each([
    "(",
    ")",
    "[",
    "[z-a]",
    "*a",
    "a{300}",
    "(?=a)",
    "(?<!a)b",
    "\\1",
    "\\",
    "a{3,2}",
    "\\p",
    "\\b".repeat(9),
    "(a|^){9}",
  ])("%s is refused with a reason", (pattern) => {
    expect(compileExpression(pattern)).toMatchObject({ ok: false, why: expect.stringMatching(/\w/) as string });
  });

  test("it finds what the language's own expressions find", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\b", "^", "$", "c");
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        atom,
        fc.tuple(tie("node"), tie("node")).map(([a, b]) => `${a}${b}`),
        fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(?:${a}|${b})`),
        fc.tuple(tie("node"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}")).map(([a, many]) => `(?:${a})${many}`),
      ),
    })).node;
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", " "), maxLength: 12 });
    fc.assert(
      fc.property(tree, text, (pattern, line) => {
        // One with too many assertions is refused.
        fc.pre(compileExpression(pattern).ok);
        expect([pattern, line, found(pattern, line)]).toEqual([pattern, line, new RegExp(pattern, "u").test(line)]);
      }),
      { numRuns: 3_000 },
    );
  });

  test("text as it stands has no special characters", () => {
    expect([literalMatcher("a.c*").matches("xa.c*"), literalMatcher("a.c*").matches("abc")]).toEqual([true, false]);
  });
});
