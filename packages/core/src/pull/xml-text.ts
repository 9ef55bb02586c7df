import { PullTextError, quoted } from "./pull-text.ts";

/** An element without attributes: it holds text or others, never both. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const ELEMENTS_MAX = 200_000;
const DEPTH_MAX = 16;
// Without names for its groups, which would cost an object for each of the many tags.
const TAG = /^(\/?)([A-Za-z_][A-Za-z0-9_.-]{0,63})[ \t\r\n]*(\/?)$/;
const TAG_CHARACTERS_MAX = 100;
const ENTITY_CHARACTERS_MAX = 9;
const NAMED_CHARACTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }),
);

/**
 * A small part of XML, strictly: elements, text, comments and instructions before the root. Document types, entities
 * of their own, CDATA and attributes are refused, so that nothing can grow or be fetched. One pass. Throws PullTextError.
 */
export function parseXml(text: string): XmlElement {
  const open: OpenElement[] = [{ name: "", text: "", children: [] }];
  const top = open[0]!;
  let count = 0;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const inside = open.at(-1)!;
    const tagAt = text.indexOf("<", at);
    inside.text += decoded(text.slice(at, tagAt < 0 ? undefined : tagAt));
    if (tagAt < 0) break;
    if (text.startsWith("<?", tagAt)) {
      if (count > 0) throw new PullTextError("the XML has an instruction in its middle");
      at = after(text, "?>", tagAt + 2);
      continue;
    }
    if (text.startsWith("<!--", tagAt)) {
      at = after(text, "-->", tagAt + 4);
      continue;
    }
    if (text.startsWith("<!", tagAt))
      throw new PullTextError("the XML declares a document type, entities or CDATA, which are not read");
    at = after(text, ">", tagAt + 1);
    const written = text.slice(tagAt + 1, Math.min(at - 1, tagAt + 1 + TAG_CHARACTERS_MAX));
    const isWhole = tagAt + 1 + written.length === at - 1;
    const [, close, name = "", empty] = (isWhole ? TAG.exec(written) : null) ?? [];
    if (name === "" || (close !== "" && empty !== ""))
      throw new PullTextError(`the XML has a tag that is not read: ${quoted(written)}`);
    if (close === "") {
      if (++count > ELEMENTS_MAX) throw new PullTextError(`the XML has more than ${ELEMENTS_MAX} elements`);
      if (open.length > DEPTH_MAX) throw new PullTextError(`the XML is deeper than ${DEPTH_MAX} elements`);
      const element: OpenElement = { name, text: "", children: [] };
      inside.children.push(element);
      if (empty === "") open.push(element);
    } else {
      if (open.length === 1 || inside.name !== name)
        throw new PullTextError(`the XML closes ${quoted(name)}, which is not open there`);
      if (inside.children.length > 0 && inside.text.trim() !== "")
        throw new PullTextError(`the XML has text between the elements of ${quoted(name)}`);
      open.pop();
    }
  }
  if (open.length > 1) throw new PullTextError("the XML ends in its middle");
  if (top.children.length !== 1 || top.text.trim() !== "")
    throw new PullTextError("the answer is no XML with one root element");
  return top.children[0]!;
}

/** Where what follows `end` begins. */
function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  if (found < 0) throw new PullTextError("the XML ends in its middle");
  return found + end.length;
}

function decoded(text: string): string {
  let whole = "";
  let from = 0;
  for (let at = text.indexOf("&"); at >= 0; at = text.indexOf("&", from)) {
    const end = text.indexOf(";", at);
    const character = end < 0 || end - at > ENTITY_CHARACTERS_MAX ? undefined : characterOf(text.slice(at + 1, end));
    if (character === undefined)
      throw new PullTextError(`the XML has an entity that is not read: ${quoted(text.slice(at, at + 10))}`);
    whole += text.slice(from, at) + character;
    from = end + 1;
  }
  return whole + text.slice(from);
}

function characterOf(what: string): string | undefined {
  const named = NAMED_CHARACTERS.get(what);
  if (named !== undefined) return named;
  const [, hexadecimal, decimal] = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(what) ?? [];
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

/** The first child of that name. */
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? [];
