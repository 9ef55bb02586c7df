/** A piece of text from outside: shown as it is, or the name of a mark that would be invisible or turn the text around. */
export type ForeignPiece =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "mark"; readonly code: string };

/** Bidirectional controls, zero-width characters, and control characters except tab and line feed. */
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const MARKS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** Cuts out the marks, each as its code point in four hexadecimal digits. */
export function splitForeign(text: string): readonly ForeignPiece[] {
  const pieces: ForeignPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    if (match.index > end) pieces.push({ is: "text", text: text.slice(end, match.index) });
    pieces.push({ is: "mark", code: match[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0") });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ is: "text", text: text.slice(end) });
  return pieces;
}
