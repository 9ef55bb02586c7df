export interface DiffLine {
  readonly is: "same" | "added" | "removed";
  readonly text: string;
}

/** Longer texts are shown whole, old above new: the table below would be too large. */
const LINES_MAX = 2_000;

/** What has to be taken out of and put into one text to get the other, line by line. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const old = before === "" ? [] : before.split("\n");
  const now = after === "" ? [] : after.split("\n");
  if (old.length > LINES_MAX || now.length > LINES_MAX)
    return [
      ...old.map((text): DiffLine => ({ is: "removed", text })),
      ...now.map((text): DiffLine => ({ is: "added", text })),
    ];
  // common[i][j]: how many lines the rests from i and from j on have in common.
  const common = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i]![j] = old[i] === now[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ is: "same", text: old[i]! });
      i++;
      j++;
    } else if (i < old.length && (j === now.length || common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push({ is: "removed", text: old[i++]! });
    } else lines.push({ is: "added", text: now[j++]! });
  }
  return lines;
}
