import { escapeControls } from "@muster/node-kit";
import type { ProbeReportView, ProbeResultView, ProbeView } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { ago, bytes, bytesPerSecond, percent, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import type { Cell } from "../terminal/table.ts";

type Health = ProbeView["health"];
type Value = ProbeReportView["facts"][number]["value"];

const healthColour = (health: Health, colours: Colours): ((text: string) => string) =>
  ({ healthy: colours.good, degraded: colours.warning, unhealthy: colours.bad, unknown: colours.faint })[health];

const milliseconds = (ms: number | null): string => (ms === null ? UNKNOWN : `${Math.round(ms)} ms`);

/** The last results as letters, oldest first. */
const beatsText = (beats: ProbeView["beats"]): string =>
  beats
    .slice(-20)
    .map(({ health }) => ({ healthy: "·", degraded: "!", unhealthy: "X", unknown: "?" })[health])
    .join("");

/** What a probe is, with its pause or maintenance. */
function standing(probe: ProbeView, colours: Colours, now: number): Cell {
  if (probe.state === "paused") return { text: "paused", colour: colours.faint };
  const isMaintained = probe.maintenanceUntil !== null && probe.maintenanceUntil > now;
  const text = isMaintained ? `${probe.health} (maintenance)` : probe.health;
  return { text, colour: healthColour(probe.health, colours) };
}

export const probeTable = (probes: readonly ProbeView[], colours: Colours, now: number): Promise<string> | string =>
  probes.length === 0
    ? "No probes. `muster probes add KIND NAME` adds one, `muster probes kinds` lists the kinds.\n"
    : renderTable(
        [
          { title: "health" },
          { title: "name" },
          { title: "kind" },
          { title: "target" },
          { title: "took", align: "right" },
          { title: "last" },
          { title: "results" },
          { title: "what it saw" },
        ],
        probes.map((probe) => [
          standing(probe, colours, now),
          probe.name,
          probe.kind,
          probe.via === null ? probe.target : `${probe.target} (from ${probe.via.name})`,
          milliseconds(probe.tookMs),
          ago(probe.lastAt, now),
          beatsText(probe.beats),
          probe.detail,
        ]),
      );

/** Everything of one probe, and what its last run saw. */
export async function probeText(probe: ProbeView, report: ProbeReportView, now: number): Promise<string> {
  const fields = renderFields([
    ["name", probe.name],
    ["id", probe.id],
    ["kind", probe.kind],
    ["target", probe.target],
    ["from", probe.via?.name ?? "the hub"],
    ["about", probe.about?.name ?? UNKNOWN],
    ["tags", probe.tags.join(" ") || UNKNOWN],
    ["state", probe.state],
    ["health", `${probe.health} since ${utc(probe.since)}`],
    ["what it saw", probe.detail || UNKNOWN],
    ["took", milliseconds(probe.tookMs)],
    ["last", ago(probe.lastAt, now)],
    ["results", beatsText(probe.beats) || UNKNOWN],
    ["every", span(probe.intervalMs)],
    ["time-out", milliseconds(probe.timeoutMs)],
    ["worse after", `${probe.fall} in a row, better after ${probe.rise}`],
    ["maintenance", probe.maintenanceUntil === null ? "none" : `until ${utc(probe.maintenanceUntil)}`],
    ["secret", probe.hasSecret ? "set" : "none"],
    ...Object.entries(probe.settings)
      .filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]) => [`  ${name}`, String(value)] as const),
  ]);
  return `${fields}${await reportText(report)}`;
}

export const resultText = async (result: ProbeResultView, colours: Colours): Promise<string> => {
  const health = healthColour(result.health, colours)(result.health);
  return `${health}: ${escapeControls(result.detail)} (${milliseconds(result.tookMs)})\n${await reportText(result.report)}`;
};

async function reportText({ facts, tables }: ProbeReportView): Promise<string> {
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
              align: column.unit === undefined ? "left" : "right",
            })),
            rows.map((row) => row.map((value, at) => valueText(value, columns[at]?.unit))),
          );
    texts.push(`\n${readable(key)}${note === undefined ? "" : ` – ${escapeControls(note)}`}\n${table}`);
  }
  return texts.join("");
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
