import type { PullSample } from "../../pull/reading.ts";
import { isLabelName, isMetricName, labelsText, LABELS_MAX, LABEL_VALUE_CHARACTERS_MAX } from "../../samples.ts";
import { numberOf } from "../database/database-row.ts";
import { fittedName } from "../fitted-name.ts";
import { plainText } from "../probe-result.ts";

/** A column of an answer. `other`, such as a time, is shown and is neither a number nor a name of something. */
export interface SqlColumn {
  readonly name: string;
  readonly is: "number" | "text" | "other";
}

export type SqlRow = readonly (string | null)[];

export const SQL_ROWS_MAX = 100;
export const SQL_SERIES_MAX = 50;

/** The numbers of an answer as series: each column of numbers a metric, labelled by the columns of text. */
export function sqlSeries(
  columns: readonly SqlColumn[],
  rows: readonly SqlRow[],
): { readonly samples: readonly PullSample[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const metrics = named(columns, "number", (name) => `custom_${name}`, isMetricName, problems);
  const labels = named(columns, "text", (name) => name, isLabelName, problems);
  if (labels.length > LABELS_MAX) problems.push(`only the first ${LABELS_MAX} columns of text are labels`);
  const samples: PullSample[] = [];
  const seen = new Set<string>();
  let [clashes, beyond] = [0, 0];
  for (const row of rows) {
    const entries = labels.slice(0, LABELS_MAX).flatMap(({ name, index }) => {
      const value = plainText(row[index] ?? "", LABEL_VALUE_CHARACTERS_MAX);
      return value === "" ? [] : [[name, value] as const];
    });
    const own = Object.fromEntries(entries);
    for (const { name, index } of metrics) {
      const value = numberOf(row[index]);
      if (value === null) continue;
      const key = `${name}{${labelsText(own)}}`;
      if (seen.has(key)) clashes++;
      else if (samples.length >= SQL_SERIES_MAX) beyond++;
      else samples.push(entries.length === 0 ? { metric: name, value } : { metric: name, value, labels: own });
      seen.add(key);
    }
  }
  if (clashes > 0) problems.push(`${clashes} numbers are left out: rows before them have the same labels`);
  if (beyond > 0) problems.push(`${beyond} numbers are left out: more than ${SQL_SERIES_MAX} series`);
  if (columns.length > 0 && metrics.length === 0) problems.push("no column of the answer is a number");
  return { samples, problems };
}

/** Columns of one sort under names that can be stored; a name that is taken or cannot be one is told. */
function named(
  columns: readonly SqlColumn[],
  is: SqlColumn["is"],
  nameOf: (fitted: string) => string,
  isName: (name: string) => boolean,
  problems: string[],
): readonly { readonly name: string; readonly index: number }[] {
  const taken = new Set<string>();
  return columns.flatMap((column, index) => {
    if (column.is !== is) return [];
    const fitted = fittedName(column.name);
    const name = nameOf(fitted);
    const shown = plainText(column.name, 60);
    if (fitted === "" || !isName(name)) {
      problems.push(`the column "${shown}" is left out: its name has no letters or digits, or is too long`);
      return [];
    }
    if (taken.has(name)) {
      problems.push(`the column "${shown}" is left out: another one is called ${name}, too`);
      return [];
    }
    taken.add(name);
    return [{ name, index }];
  });
}
