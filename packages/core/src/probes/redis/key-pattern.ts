/**
 * Whether a glob of Redis names no character at all, so that it means every key or nearly: `*`, `?*`, `[^x]*`. An escaped
 * character is one.
 */
export function meansEveryKey(pattern: string): boolean {
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "[") {
      at = endOfClass(pattern, at);
    } else if (character !== "*" && character !== "?") return false;
  }
  return true;
}

/** Where a class such as `[a-z]` ends; Redis takes an open one to the end of the pattern. */
function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "]") return at;
  }
  return pattern.length;
}
