/** A row as a database answers it: each value as its text, null where it has none. */
export type DatabaseRow = Readonly<Record<string, string | null>>;

/** Why a question brought no rows: no right to ask it, it took too long, what it asks for is not there or not loaded. */
export type Missing = "right" | "late" | "absent" | "not-loaded" | "failed";

/** What one question to a database brought. */
export type Asked =
  | { readonly is: "rows"; readonly rows: readonly DatabaseRow[] }
  | { readonly is: "missing"; readonly why: Missing };

export const rowsOf = (asked: Asked): readonly DatabaseRow[] => (asked.is === "rows" ? asked.rows : []);

const NUMBER = /^[+-]?(?:\d{1,40}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,4})?$/;

/** A number as a database writes it; null when the text is none, or is none that can be kept. */
export function numberOf(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !NUMBER.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

export const numberIn = (row: DatabaseRow | undefined, column: string): number | null => numberOf(row?.[column]);

/** The same for what cannot be below zero, such as a size or a total. */
export function amountIn(row: DatabaseRow | undefined, column: string): number | null {
  const number = numberIn(row, column);
  return number === null || number < 0 ? null : number;
}

/** A flag as PostgreSQL (t, f) or MariaDB (Yes, No, ON, OFF, 1, 0) writes it. */
export function flagIn(row: DatabaseRow | undefined, column: string): boolean | null {
  const text = row?.[column]?.toLowerCase();
  if (text === undefined) return null;
  if (["t", "true", "yes", "on", "1"].includes(text)) return true;
  return ["f", "false", "no", "off", "0"].includes(text) ? false : null;
}

/** Why a table of a report is empty, for people; undefined when nothing is missing. */
export function missingNote(asked: Asked, right: string): string | undefined {
  if (asked.is === "rows") return undefined;
  switch (asked.why) {
    case "right":
      return `Not collected: the user needs the right ${right}.`;
    case "late":
      return "Not collected: the question took longer than it may.";
    case "absent":
    case "not-loaded":
    case "failed":
      return "Not collected: this server does not answer the question.";
  }
}
