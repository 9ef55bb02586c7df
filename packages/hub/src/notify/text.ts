/** What is measured against a vendor's limit. UTF-16 units are never fewer than code points, which some vendors count. */
type SizeOf = (text: string) => number;
const unitsOf: SizeOf = (text) => text.length;
export const bytesOf: SizeOf = (text) => Buffer.byteLength(text);

const ELLIPSIS = "…";

/** How one vendor wants text: what its language would read as its own is made plain, one code point at a time. */
interface Dialect {
  readonly escape?: (text: string) => string;
  readonly sizeOf?: SizeOf;
}

/** Text, escaped, of at most `max` and with an ellipsis where it was longer: never cut inside a character or an escape. */
export function cutText(
  text: string,
  max: number,
  { escape = (given) => given, sizeOf = unitsOf }: Dialect = {},
): string {
  const whole = escape(text);
  if (sizeOf(whole) <= max) return whole;
  let kept = "";
  let size = sizeOf(ELLIPSIS);
  for (const one of text) {
    const piece = escape(one);
    size += sizeOf(piece);
    if (size > max) break;
    kept += piece;
  }
  return `${kept.trimEnd()}${ELLIPSIS}`;
}

/** Text of others as one line of at most `max`: no controls, no marks that turn it around, no halves of characters. */
export const lineOf = (text: string, max: number): string =>
  cutText(
    text
      // A name may have megabytes; what is far behind the end is not looked at.
      .slice(0, 4 * max)
      .toWellFormed()
      .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
      .trim(),
    max,
  );

/** Not seen, and no part of any address, name or command, so that whoever looks for those finds none. */
export const JOINER = "\u2060";
/** After the colon of `https://`, after the `@` of a mention or mail address, and before the dot of `www.` */
const LINK_PARTS = /(?<=:)(?=\/\/)|(?<=@)|(?<=www)(?=\.)/giu;
/** Dots as in `a.example`, and the beginnings of `/command`, `#topic` and `$PRICE`. */
const NAME_PARTS = /(?<=[\p{L}\p{N}]\.)(?=\p{L}{2})|(?<=(?:^|[\s(])[/#$])(?=[\p{L}\p{N}_])/gmu;

/**
 * Text in which no client finds a link or a mention by itself; it looks the same. `eager`: for clients that find them also
 * in `a.example`, `/command` and `#topic`. Only for those, because what is copied from there has the invisible marks in it.
 */
export function unlinked(text: string, { eager = false }: { readonly eager?: boolean } = {}): string {
  const plain = text.replaceAll(LINK_PARTS, JOINER);
  return eager ? plain.replaceAll(NAME_PARTS, JOINER) : plain;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (one) => ENTITIES[one]!);
