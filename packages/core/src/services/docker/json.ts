/** Ways into the JSON of a stranger: what is not of the type asked for is absent. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsIn = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const textIn = (value: unknown): string => (typeof value === "string" ? value : "");
export const numberIn = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
