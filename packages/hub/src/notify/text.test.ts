import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, cutText, escapeHtml, lineOf, unlinked } from "./text.ts";

describe("texts for vendors", () => {
  test("a text that fits is kept as it is, one that does not ends in an ellipsis", () => {
    expect([cutText("abc", 3), cutText("abcd", 3), cutText("", 0)]).toEqual(["abc", "ab…", ""]);
    expect(cutText("a b c d", 5)).toBe("a b…");
  });

  test("no character and no escape is cut in two, whatever is measured", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 3, max: 80 }), (text, max) => {
        for (const sizeOf of [(given: string) => given.length, bytesOf]) {
          const cut = cutText(text, max, { escape: escapeHtml, sizeOf });
          expect(sizeOf(cut)).toBeLessThanOrEqual(max);
          expect(cut.isWellFormed()).toBe(true);
          expect(cut).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39);)/);
          expect(escapeHtml(text).startsWith(cut.replace(/…$/, "").trimEnd()) || cut === escapeHtml(text)).toBe(true);
        }
      }),
    );
  });

  test("[XS-01] a line has no break, no control, no mark that turns it around and no half of a character", () => {
    expect(lineOf(" a\r\nb\u0000\u202Ec\u2028d\u200B ", 100)).toBe("a b c d");
    expect(lineOf("\uD800x\uDC00", 100)).toBe("\uFFFDx\uFFFD");
    expect(lineOf("😀".repeat(10), 6)).toBe("😀😀…");
    expect(lineOf("x".repeat(1_000_000), 10)).toBe("xxxxxxxxx…");
  });

  test("[TG-04] links, mentions and commands come apart, and everything looks the same", () => {
    const visible = (text: string): string => text.replaceAll("\u2060", "|");
    expect(visible(unlinked("https://a.example @anna a@b.example www.x.example"))).toBe(
      "https:|//a.example @|anna a@|b.example www|.x.example",
    );
    expect(visible(unlinked("https://a.example /var #1 $X 0.5 10:30:15 a.b", { eager: true }))).toBe(
      "https:|//a.|example /|var #|1 $|X 0.5 10:30:15 a.b",
    );
    expect(unlinked("db.example.com fe80::1 /var")).toBe("db.example.com fe80::1 /var");
  });
});
