/** A number as a person types it, with a point or a comma; NaN for what is none, and for nothing. */
export const parseNumber = (text: string): number =>
  text.trim() === "" ? Number.NaN : Number(text.trim().replace(",", "."));
