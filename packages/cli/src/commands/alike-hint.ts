const SHOWN_MAX = 5;

/** Names that hold what somebody wrote, as a question behind the sentence that there is no such thing; empty without any. */
export function alikeHint(names: readonly string[], wanted: string): string {
  const alike = names.filter((name) => name.toLowerCase().includes(wanted.toLowerCase())).slice(0, SHOWN_MAX);
  return alike.length > 0 ? ` Did you mean ${alike.join(", ")}?` : "";
}
