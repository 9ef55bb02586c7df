/** The eight colours of a terminal; their look is the theme's, so that every line stays readable. */
export const ANSI_COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
export type AnsiColor = (typeof ANSI_COLORS)[number];

/** A piece of a line in one look. Its text may hold control characters, which are shown as marks. */
export interface AnsiPiece {
  readonly text: string;
  readonly color: AnsiColor | undefined;
  readonly weight: "normal" | "bold" | "dim";
}

type Look = Omit<AnsiPiece, "text">;
const PLAIN: Look = { color: undefined, weight: "normal" };

/**
 * One escape sequence of any kind: CSI, the strings (OSC, DCS, SOS, PM, APC) up to their end or the end of the line, and
 * the short ones; with seven and with eight bits. A lone ESC at the end goes too.
 */
const ESCAPE =
  // oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
  /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~]?)|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;

/** Cuts a line into pieces by its colours; every other escape sequence is left out, whatever it would have done. */
export function ansiPieces(line: string): readonly AnsiPiece[] {
  const pieces: AnsiPiece[] = [];
  let look = PLAIN;
  let end = 0;
  const put = (text: string): void => {
    if (text === "") return;
    const last = pieces.at(-1);
    if (last && last.color === look.color && last.weight === look.weight)
      pieces[pieces.length - 1] = { ...last, text: last.text + text };
    else pieces.push({ text, ...look });
  };
  for (const found of line.matchAll(ESCAPE)) {
    put(line.slice(end, found.index));
    end = found.index + found[0].length;
    if (found[2] === "m") look = lookAfter(look, found[1] ?? "");
  }
  put(line.slice(end));
  return pieces;
}

/** Without any look: what is searched and copied. */
export const ansiText = (line: string): string => line.replaceAll(ESCAPE, "");

function lookAfter(before: Look, parameters: string): Look {
  if (!/^[\d;:]*$/.test(parameters)) return before;
  const codes = parameters.split(/[;:]/).map(Number);
  let { color, weight } = before;
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index]!;
    if (code === 0) ({ color, weight } = PLAIN);
    else if (code === 1) weight = "bold";
    else if (code === 2) weight = "dim";
    else if (code === 22) weight = "normal";
    else if (code >= 30 && code <= 37) color = ANSI_COLORS[code - 30];
    else if (code >= 90 && code <= 97) color = ANSI_COLORS[code - 90];
    else if (code === 39) color = undefined;
    else if (code === 38 || code === 48) {
      const isTrue = codes[index + 1] === 2;
      if (code === 38) color = isTrue ? nearest(codes.slice(index + 2, index + 5)) : ofPalette(codes[index + 2]);
      index += isTrue ? 4 : 2;
    }
  }
  return { color, weight };
}

/** One of the 256 colours as the nearest of the eight. */
function ofPalette(code: number | undefined): AnsiColor | undefined {
  if (code === undefined || code > 255) return undefined;
  if (code < 16) return ANSI_COLORS[code % 8];
  if (code >= 232) return undefined;
  const cube = code - 16;
  return nearest([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((part) => part * 51));
}

/** By which of red, green and blue are strong in it; greys have the colour of plain text. */
function nearest(rgb: readonly number[]): AnsiColor | undefined {
  const greatest = Math.max(...rgb);
  const spread = greatest - Math.min(...rgb);
  if (rgb.length < 3 || !Number.isFinite(spread) || spread < 40) return undefined;
  const half = greatest - spread / 2;
  const bits = rgb.reduce((sum, part, index) => sum + (part > half ? 1 << index : 0), 0);
  return ANSI_COLORS[bits];
}
