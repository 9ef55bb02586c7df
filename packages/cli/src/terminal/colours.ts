import type { Terminal } from "./terminal.ts";

/** Colours by meaning. */
export interface Colours {
  good(text: string): string;
  warning(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
  /** Tells sources apart: the same number, the same colour. */
  mark(index: number, text: string): string;
}

const escape =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const plain = (text: string): string => text;

/** Cyan, magenta, blue, green, yellow and their bright sisters: neither red nor grey, which mean something. */
const MARKS = [36, 35, 34, 32, 33, 96, 95, 94, 92, 93];

const COLOURED: Colours = {
  good: escape(32, 39),
  warning: escape(33, 39),
  bad: escape(31, 39),
  faint: escape(2, 22),
  strong: escape(1, 22),
  mark: (index, text) => escape(MARKS[index % MARKS.length]!, 39)(text),
};
const PLAIN: Colours = {
  good: plain,
  warning: plain,
  bad: plain,
  faint: plain,
  strong: plain,
  mark: (_index, text) => text,
};

/** Colours only on a screen, and never with NO_COLOR set to anything (no-color.org) or on a terminal that calls itself dumb. */
export function coloursFor(
  stream: "output" | "error",
  terminal: Pick<Terminal, "outputIsScreen" | "errorIsScreen">,
  env: Readonly<Record<string, string | undefined>>,
): Colours {
  const screen = stream === "output" ? terminal.outputIsScreen : terminal.errorIsScreen;
  return screen && !env["NO_COLOR"] && env["TERM"] !== "dumb" ? COLOURED : PLAIN;
}
