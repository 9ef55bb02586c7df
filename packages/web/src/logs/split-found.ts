export interface FoundPart {
  readonly is: "found" | "rest";
  readonly text: string;
}

/** Cuts a text at each place where the searched text stands, whatever its case. Never an expression: lines may be hostile. */
export function splitFound(text: string, searched: string): readonly FoundPart[] {
  const parts: FoundPart[] = [];
  const lower = text.toLowerCase();
  const wanted = searched.toLowerCase();
  // Some letters are longer in lower case, and places would no longer agree.
  if (wanted === "" || lower.length !== text.length) return [{ is: "rest", text }];
  let end = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, end)) {
    if (at > end) parts.push({ is: "rest", text: text.slice(end, at) });
    parts.push({ is: "found", text: text.slice(at, at + wanted.length) });
    end = at + wanted.length;
  }
  if (end < text.length) parts.push({ is: "rest", text: text.slice(end) });
  return parts;
}
