/**
 * What others call a number, as a part of a metric's name: lower case, everything else than letters and digits as one low
 * line; a number first gets one before it. Empty where nothing is left.
 */
export const fittedName = (name: string): string =>
  name
    .slice(0, 200)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replace(/^_+(?=.)/, "")
    .replace(/^_$/, "")
    .replace(/^(?=\d)/, "_");
