/** Lines like `Name: value` as headers, names in lower case. */
export const headersFrom = (lines: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );

/** Whether a token can stand in a header as it is. */
export const isHeaderToken = (token: string): boolean => /^[\x21-\x7e]{1,4000}$/.test(token);
