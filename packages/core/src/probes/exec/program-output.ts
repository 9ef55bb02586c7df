import { customMetrics } from "../../services/custom-metrics.ts";
import { fittedName } from "../fitted-name.ts";
import { plainText } from "../probe-result.ts";

/** What a program told: a line for people, and numbers by the name of their metric (`custom_<name>`). */
export interface ProgramOutput {
  /** The first line that is no number; empty where there is none. */
  readonly line: string;
  readonly metrics: ReadonlyMap<string, number>;
}

/** Room for the exit code beside it in the detail of a result. */
const LINE_CHARACTERS_MAX = 250;
/** `'label'=value[unit];warn;crit;…`, as the guidelines of Nagios have it. Of units only `c`, a growing total, is read. */
const PERFORMANCE =
  /(?:^|\s)(?:'([^'|]{1,100})'|([^\s'=;|]{1,100}))=([+-]?[0-9.]{1,40}(?:[eE][+-]?[0-9]{1,3})?)([A-Za-z%]{0,5})(?=[;\s]|$)/g;

/**
 * Reads what a program wrote: lines `name=value`, and performance data of a Nagios plugin after a `|`. Names and their
 * number are bounded as those of health checks are (HC9). `isCut`: there was more, so its last line may be half a number.
 */
export function readProgramOutput(stdout: string, isCut: boolean): ProgramOutput {
  const lines = stdout.split("\n");
  const numbers = (isCut ? lines.slice(0, -1) : lines).flatMap(numbersOf);
  const said = lines.find((line) => textOf(line) !== "" && customMetrics(line).size === 0) ?? "";
  return { line: plainText(textOf(said), LINE_CHARACTERS_MAX), metrics: customMetrics(numbers.join("\n")) };
}

/** A line without its performance data. */
const textOf = (line: string): string => (line.split("|", 1)[0] ?? "").trim();

/** The numbers of a line, each as `name=value`. */
function numbersOf(line: string): readonly string[] {
  const at = line.indexOf("|");
  if (at === -1) return [line];
  return [...line.slice(at + 1).matchAll(PERFORMANCE)].map(([, quoted, bare, value, unit]) => {
    const name = fittedName(quoted ?? bare ?? "");
    return `${name}${unit === "c" && !name.endsWith("_total") ? "_total" : ""}=${value}`;
  });
}
