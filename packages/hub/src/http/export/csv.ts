/** A spreadsheet takes a cell that begins with one of these for a formula, and may run it. */
const FORMULA = /^[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** A text as a cell of CSV (RFC 4180). One that would be a formula gets an apostrophe in front, which makes it text. */
export function csvText(text: string): string {
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** A number that gives the same float64 when it is read again; empty for NaN, which is a gap. */
export const csvNumber = (value: number): string =>
  Number.isNaN(value) ? "" : Object.is(value, -0) ? "-0" : String(value);
