import { findMetric, valueText } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { EvidenceView, IncidentView, RouteAnswer } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { bytes, percent, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import { deliveryTable } from "./delivery-table.ts";
import { shortIds } from "./find.ts";
import { severityCell } from "./severity-cell.ts";

type IncidentDetail = RouteAnswer<"GET /api/v1/incidents/{id}">;

/** What is the matter with it now, in a word or two. */
function standing(incident: IncidentView, now: number): string {
  if (incident.state === "resolved") return "resolved";
  const { acknowledged, snoozedUntil, isHeld, heldBehind } = incident;
  if (acknowledged !== null) return `acknowledged by ${acknowledged.by}`;
  if (snoozedUntil !== null && snoozedUntil > now) return `snoozed for ${span(snoozedUntil - now)}`;
  if (heldBehind !== null) return `held: behind ${heldBehind.name}`;
  return isHeld ? "silenced" : "open";
}

const lasted = ({ openedAt, resolvedAt }: IncidentView, now: number): string => span((resolvedAt ?? now) - openedAt);

export function incidentTable(
  incidents: readonly IncidentView[],
  colours: Colours,
  now: number,
): Promise<string> | string {
  if (incidents.length === 0) return "No incidents.\n";
  const short = shortIds(incidents);
  return renderTable(
    [
      { title: "severity" },
      { title: "id" },
      { title: "state" },
      { title: "opened" },
      { title: "lasts", align: "right" },
      { title: "what" },
    ],
    incidents.map((incident) => [
      incident.state === "resolved"
        ? { text: incident.severity, colour: colours.faint }
        : severityCell(incident.severity, colours),
      short(incident.id),
      standing(incident, now),
      utc(incident.openedAt),
      lasted(incident, now),
      incident.title,
    ]),
  );
}

/** Everything of one incident: what is wrong, its story, what was seen when it opened, who was told. */
export async function incidentText(
  { incident, members, timeline, deliveries, evidence, suggestions, holds }: IncidentDetail,
  colours: Colours,
  now: number,
): Promise<string> {
  const parts = [
    renderFields([
      ["what", incident.title],
      ["id", incident.id],
      ["severity", incident.severity],
      ["state", standing(incident, now)],
      ["rule", incident.rule],
      ["opened", `${utc(incident.openedAt)}${incident.reopened > 0 ? `, again ${incident.reopened} times` : ""}`],
      ["resolved", utc(incident.resolvedAt)],
      ["lasts", lasted(incident, now)],
      ["servers", incident.servers.map(({ name }) => name).join(" ") || UNKNOWN],
      ...(holds.count === 0 ? [] : [["holds", holdsText(holds)] as const]),
    ]),
    await renderTable(
      [{ title: "severity" }, { title: "since" }, { title: "ended" }, { title: "what is wrong" }],
      members.map(({ severity, since, clearedAt, title }) => [
        clearedAt === null ? severityCell(severity, colours) : { text: severity, colour: colours.faint },
        utc(since),
        utc(clearedAt),
        title,
      ]),
    ),
    await renderTable(
      [{ title: "at" }, { title: "story" }, { title: "by" }, { title: "detail" }],
      timeline.map(({ at, kind, by, detail }) => [utc(at), kind, by || "Muster", detail]),
    ),
    ...(evidence === null ? [] : await evidenceTexts(evidence)),
    ...(deliveries.length === 0 ? [] : [await deliveryTable(deliveries, colours, now)]),
    ...suggestions.map(({ action, service }) => {
      const verb = action.slice(action.indexOf(".") + 1);
      return `Perhaps: muster ${verb} ${escapeControls(service)}\n`;
    }),
  ];
  return parts.join("\n");
}

/** What is down behind it and not told. */
function holdsText({ places, count }: IncidentDetail["holds"]): string {
  const others = count - places.length;
  return `${places.map(({ name }) => name).join(" ")}${others > 0 ? ` and ${others} more` : ""}`;
}

async function evidenceTexts(evidence: EvidenceView): Promise<readonly string[]> {
  const { at, series, processes, logLines, actions, similar, missing } = evidence;
  const texts = [`Seen at ${utc(at)}:\n`];
  if (series.length > 0)
    texts.push(
      await renderTable(
        [{ title: "series" }, { title: "half an hour" }, { title: "last", align: "right" }],
        series.map(({ title, metric, values }) => {
          const last = values.findLast((value) => value !== null) ?? null;
          return [title, sparkline(values), last === null ? UNKNOWN : valueText(last, findMetric(metric)?.unit)];
        }),
      ),
    );
  if (processes.length > 0)
    texts.push(
      await renderTable(
        [
          { title: "pid", align: "right" },
          { title: "process" },
          { title: "user" },
          { title: "cpu", align: "right" },
          { title: "memory", align: "right" },
        ],
        processes.map(({ pid, name, user, cpuRatio, residentBytes }) => [
          ...[String(pid), name, user, percent(cpuRatio), bytes(residentBytes)],
        ]),
      ),
    );
  if (logLines.length > 0)
    texts.push(`${logLines.map((line) => `${utc(line.at)}  ${escapeControls(line.text)}`).join("\n")}\n`);
  if (actions.length > 0)
    texts.push(
      await renderTable(
        [{ title: "at" }, { title: "action" }, { title: "target" }, { title: "by" }, { title: "outcome" }],
        actions.map((one) => [utc(one.at), one.action, one.target, one.by, one.outcome ?? UNKNOWN]),
      ),
    );
  if (similar.length > 0)
    texts.push(
      await renderTable(
        [{ title: "earlier" }, { title: "resolved" }, { title: "what" }],
        similar.map(({ openedAt, resolvedAt, title }) => [utc(openedAt), utc(resolvedAt), title]),
      ),
    );
  if (missing.length > 0) texts.push(missing.map((why) => `Not there: ${escapeControls(why)}\n`).join(""));
  return texts;
}

const BARS = "▁▂▃▄▅▆▇█";

/** A course in one line, from its least to its greatest value; a gap is a space. */
function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return values
    .map((value) => {
      if (value === null) return " ";
      const height = most > least ? (value - least) / (most - least) : 0;
      return BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))];
    })
    .join("");
}
