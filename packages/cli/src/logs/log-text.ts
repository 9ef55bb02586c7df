/** Whether colours of a log line reach the screen. */
export type LogColours = "kept" | "plain";

// Strings that terminals take in whole: OSC (titles, links, clipboard), DCS, SOS, PM, APC, up to their end. One without an
// end loses its beginning and stays as text, so that nothing can hide behind it. None of these patterns looks at a
// character twice.
const STRINGS = // eslint-disable-next-line no-control-regex
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)/g;
// eslint-disable-next-line no-control-regex
const SEQUENCES = /(?:\u001b\[|\u009b)([0-?]*)([ -/]*[@-~])/g;
// eslint-disable-next-line no-control-regex
const OTHER_ESCAPES = /\u001b[ -/]*[0-~]/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g;
/** Marks that turn the direction of text: shown, as a name could be read backwards by them. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Stands for the escape character of a colour that stays, until all others are gone. */
const KEPT = "\uffff";

const RESET = "\u001b[0m";

/**
 * A line of a log, or of what a program printed, as a terminal may get it: of all control sequences colours and weights
 * alone are left (with `kept`) and end with the line; everything else that a terminal would obey is gone. Tabs stay.
 */
export function logText(line: string, colours: LogColours): string {
  let isColoured = false;
  const text = line
    .replaceAll(KEPT, "\ufffd")
    .replace(STRINGS, "")
    .replace(SEQUENCES, (_whole, parameters: string, final: string) => {
      if (colours === "plain" || final !== "m" || !isHarmless(parameters)) return "";
      isColoured = true;
      return `${KEPT}[${parameters}m`;
    })
    .replace(OTHER_ESCAPES, "")
    .replace(CONTROLS, "")
    .replace(DIRECTIONS, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replaceAll(KEPT, "\u001b");
  return isColoured ? `${text}${RESET}` : text;
}

/** Colours, weights and their ends; nothing that blinks or hides. */
function isHarmless(parameters: string): boolean {
  if (!/^(?:\d{1,3}(?:;\d{1,3}){0,15})?$/.test(parameters)) return false;
  const codes = parameters.split(";").map(Number);
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index]!;
    if (code === 38 || code === 48) {
      const more = codes[index + 1] === 5 ? 2 : codes[index + 1] === 2 ? 4 : undefined;
      if (more === undefined || index + more >= codes.length) return false;
      if (codes.slice(index + 2, index + more + 1).some((part) => part > 255)) return false;
      index += more;
    } else if (!isPlainCode(code)) return false;
  }
  return true;
}

const isPlainCode = (code: number): boolean =>
  [0, 1, 2, 3, 4, 7, 21, 22, 23, 24, 27, 39, 49].includes(code) ||
  (code >= 30 && code <= 37) ||
  (code >= 40 && code <= 47) ||
  (code >= 90 && code <= 97) ||
  (code >= 100 && code <= 107);

/** What a program printed, as lines that each begin so; what no log may do with a screen it may not either. */
export function printedText(output: string, indent = ""): string {
  if (output === "") return "";
  const lines = output.replace(/\n$/, "").split("\n");
  return lines.map((line) => `${indent}${logText(line, "plain")}\n`).join("");
}
