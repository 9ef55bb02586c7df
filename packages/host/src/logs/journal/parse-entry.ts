import type { LogRecord } from "../log-source.ts";

/** One entry of `journalctl --output=json`. What is no entry becomes a gap that says so. */
export function parseEntry(text: string): LogRecord {
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(text) as typeof entry;
  } catch {
    return { is: "gap", dropped: 1, why: "an entry of the journal that cannot be read" };
  }
  const microseconds = Number(entry["__REALTIME_TIMESTAMP"]);
  const priority = Number(oneOf(entry["PRIORITY"]));
  return {
    is: "line",
    at: Number.isFinite(microseconds) ? Math.floor(microseconds / 1_000) : null,
    cursor: String(entry["__CURSOR"] ?? ""),
    level: oneOf(entry["PRIORITY"]) !== undefined && priority >= 0 && priority <= 7 ? priority : null,
    text: textOfField(entry["MESSAGE"]),
    stream: null,
  };
}

const oneOf = (field: unknown): unknown => (Array.isArray(field) ? field[0] : field) ?? undefined;

/** A field is text, bytes where it is no UTF-8, a list of these where it stands several times, or null where too long. */
function textOfField(field: unknown): string {
  if (typeof field === "string") return field;
  if (field === null) return "[a message that is too long to be shown]";
  if (!Array.isArray(field)) return "";
  if (field.every((item) => typeof item === "number")) return new TextDecoder().decode(Uint8Array.from(field));
  return field.map(textOfField).join("\n");
}
