import { escapeControls } from "@muster/node-kit";
import type { ProbeReportView } from "@muster/protocol";
import { bytes, bytesPerSecond, percent, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";

type Value = ProbeReportView["facts"][number]["value"];

/** What a look saw, whatever the kind: its facts, then its tables with their notes. */
export async function reportText({ facts, tables }: ProbeReportView): Promise<string> {
  const told =
    facts.length === 0
      ? ""
      : `\n${renderFields(facts.map(({ key, value, unit }) => [readable(key), valueText(value, unit)]))}`;
  const texts: string[] = [told];
  for (const { key, columns, rows, note } of tables) {
    const table =
      rows.length === 0
        ? ""
        : await renderTable(
            columns.map((column) => ({
              title: readable(column.key),
              align: column.unit === undefined || column.unit === "instant" ? "left" : "right",
            })),
            rows.map((row) => row.map((value, at) => valueText(value, columns[at]?.unit))),
          );
    texts.push(`\n${readable(key)}${note === undefined ? "" : ` – ${escapeControls(note)}`}\n${table}`);
  }
  return texts.join("");
}

/** One fact of a look. */
export function factText({ facts }: ProbeReportView, key: string): string {
  const fact = facts.find((one) => one.key === key);
  return valueText(fact?.value ?? null, fact?.unit);
}

/** `usedMemoryBytes` as words. */
const readable = (key: string): string =>
  key
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();

function valueText(value: Value, unit: string | undefined): string {
  if (value === null) return UNKNOWN;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value === "" ? UNKNOWN : value;
  switch (unit) {
    case "bytes":
      return bytes(value);
    case "bytes_per_second":
      return bytesPerSecond(value);
    case "seconds":
      return value >= 0 && value < 10 ? `${value.toFixed(3)} s` : span(value * 1_000);
    case "milliseconds":
      return `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
    case "ratio":
      return percent(value);
    case "per_second":
      return `${value.toFixed(2)}/s`;
    case "instant":
      return utc(value);
    case undefined:
    default:
      return Number.isInteger(value) ? String(value) : value.toFixed(2);
  }
}
