/** A key that has no text yet, as words: `hitRatio` → "Hit ratio", `p95_seconds` → "P95 seconds". */
export function readable(key: string): string {
  const words = key
    .replaceAll(/[_-]+/g, " ")
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[A-Z][a-z]+/g, (word) => word.toLowerCase())
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
