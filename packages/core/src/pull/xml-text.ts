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
const TAG = /^(?<close>\/?)(?<name>[A-Za-z_][A-Za-z0-9_.-]{0,63})[ \t\r\n]*(?<empty>\/?)$/;
const TAG_CHARACTERS_MAX = 100;
const NAMED_CHARACTERS: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

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
    const { close, name = "", empty } = (isWhole ? TAG.exec(written)?.groups : undefined) ?? {};
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
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?<what>#?[A-Za-z0-9]{1,8};)?/g, (written, what: string | undefined) => {
    const character = what === undefined ? undefined : characterOf(what.slice(0, -1));
    if (character === undefined) throw new PullTextError(`the XML has an entity that is not read: ${quoted(written)}`);
    return character;
  });
}

function characterOf(what: string): string | undefined {
  if (!what.startsWith("#")) return Object.hasOwn(NAMED_CHARACTERS, what) ? NAMED_CHARACTERS[what] : undefined;
  const digits = /^#x[0-9A-Fa-f]+$/.test(what)
    ? Number.parseInt(what.slice(2), 16)
    : /^#[0-9]+$/.test(what)
      ? Number(what.slice(1))
      : Number.NaN;
  return digits > 0 && digits <= 0x10_ff_ff ? String.fromCodePoint(digits) : undefined;
}

/** The first child of that name. */
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? [];
