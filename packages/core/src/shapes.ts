const TEXT_CHARACTERS_MAX = 256 * 1024;

/** Text of at most so many UTF-16 units. */
export const isText = (value: unknown, charactersMax = TEXT_CHARACTERS_MAX): value is string =>
  typeof value === "string" && value.length <= charactersMax;

/** A whole number from zero to `most`. */
export const isWhole = (value: unknown, most = Number.MAX_SAFE_INTEGER): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
