import { noticeBody, noticeHead } from "@muster/core";
import type { Notice, Severity } from "@muster/core";
import { lineOf, unlinked } from "./text.ts";

/** A notice as lines that are safe to show: whatever things are called, no line has a link, a mention or a break in it. */
export interface Words {
  readonly head: string;
  readonly lines: readonly string[];
  /** Ours, and the only thing that may become a link. */
  readonly url: string | undefined;
}

const HEAD_MAX = 250;
const LINE_MAX = 300;
const URL_MAX = 500;

export function wordsOf(notice: Notice, how: { readonly eager?: boolean } = {}): Words {
  const line = (text: string, max: number): string => unlinked(lineOf(text, max), how);
  return {
    head: line(noticeHead(notice), HEAD_MAX),
    lines: noticeBody(notice).map((text) => line(text, LINE_MAX)),
    url: linkOf(notice.url),
  };
}

/** An address that can stand in any markup: nothing in it ends what it stands in. */
export function linkOf(url: string | undefined): string | undefined {
  if (url === undefined || url.length > URL_MAX || !/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
  return new URL(url).href.replaceAll(/[()[\]<>|"'`\\*]/g, (one) => `%${one.codePointAt(0)!.toString(16)}`);
}

/** What the link is called. */
export const LINK_TEXT = "Open in Muster";

const COLOURS: Readonly<Record<Severity, number>> = {
  info: 0x1976d2,
  warning: 0xf9a825,
  error: 0xe64a19,
  critical: 0xc62828,
};

/** Red, green, blue in one number. */
export const colourOf = ({ state, severity }: Notice): number => (state === "resolved" ? 0x2e7d32 : COLOURS[severity]);
