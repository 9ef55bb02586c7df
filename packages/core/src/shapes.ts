const TEXT_CHARACTERS_MAX = 256 * 1024;

/** Text of at most so many UTF-16 units. */
export const isText = (value: unknown, charactersMax = TEXT_CHARACTERS_MAX): value is string =>
  typeof value === "string" && value.length <= charactersMax;

/** A whole number from zero to `most`. */
export const isWhole = (value: unknown, most = Number.MAX_SAFE_INTEGER): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;

/** The same shape as those write it who make it for a wire: what is parsed there is not readonly. */
export type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T;
