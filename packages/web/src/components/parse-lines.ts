/** What stands in the lines of a text, without the spaces around it; empty lines are none. */
export const parseLines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
