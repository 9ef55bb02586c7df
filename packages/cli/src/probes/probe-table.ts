import { escapeControls } from "@muster/node-kit";
import type { ProbeReportView, ProbeResultView, ProbeView } from "@muster/protocol";
import { healthCell } from "../services/service-table.ts";
import type { Colours } from "../terminal/colours.ts";
import { ago, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import type { Cell } from "../terminal/table.ts";
import { reportText } from "./report-text.ts";

const milliseconds = (ms: number | null): string => (ms === null ? UNKNOWN : `${Math.round(ms)} ms`);

/** The last results as letters, oldest first. */
const beatsText = (beats: ProbeView["beats"]): string =>
  beats
    .slice(-20)
    .map(({ health }) => ({ healthy: "·", degraded: "!", unhealthy: "X", unknown: "?" })[health])
    .join("");

function aboutText(about: ProbeView["about"]): string {
  if (about === null) return UNKNOWN;
  const { service } = about;
  if (service === null) return about.name;
  return `${service.name}@${about.name} (${service.driver}${service.id === null ? ", not there now" : ""})`;
}

/** What a probe is, with its pause or maintenance. */
function standing(probe: ProbeView, colours: Colours, now: number): Cell {
  if (probe.state === "paused") return { text: "paused", colour: colours.faint };
  const isMaintained = probe.maintenanceUntil !== null && probe.maintenanceUntil > now;
  const { text, colour } = healthCell(probe, colours);
  return { text: isMaintained ? `${text} (maintenance)` : text, colour };
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
    ["about", aboutText(probe.about)],
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
  const { text, colour } = healthCell(result, colours);
  return `${colour(text)}: ${escapeControls(result.detail)} (${milliseconds(result.tookMs)})\n${await reportText(result.report)}`;
};
