import { MINUTE_MS, severityRank, spanText, valueText } from "@muster/core";
import type { Incident } from "@muster/core";
import type { Server, Service } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { MetricReader } from "../metrics/metric-store.ts";
import { shown } from "./bot-names.ts";
import type { BotTexts } from "./bot-texts.ts";
import { sparkline } from "./sparkline.ts";

const LISTED_MAX = 40;
const TITLE_MAX = 250;
const HOUR_POINTS = 20;
const POINT_MS = 3 * MINUTE_MS;

/** An instant as a bot says it. */
export const timeText = (at: number): string => `${new Date(at).toISOString().slice(5, 16).replace("T", " ")} UTC`;

/** Lines of a list, cut with a word about the rest. */
export function listed<T>(items: readonly T[], lineOf: (item: T, at: number) => string, texts: BotTexts): string[] {
  const lines = items.slice(0, LISTED_MAX).map(lineOf);
  return items.length > LISTED_MAX ? [...lines, texts.more(items.length - LISTED_MAX)] : lines;
}

const ratioText = (title: string, ratio: number | null): readonly string[] =>
  ratio === null ? [] : [`${title} ${valueText(ratio, "ratio")}`];

/** All servers, each with what matters most. */
export function fleetReport(servers: readonly Server[], texts: BotTexts): string {
  if (servers.length === 0) return texts.noServers;
  const online = servers.filter(({ presence }) => presence.is === "online").length;
  const lineOf = ({ name, presence, summary: { cpuBusyRatio, memoryUsedRatio, worstDisk } }: Server): string => {
    const numbers = [
      ...ratioText(texts.cpu, cpuBusyRatio),
      ...ratioText(texts.memory, memoryUsedRatio),
      ...ratioText(texts.disk, worstDisk?.usedRatio ?? null),
    ];
    const state = presence.is === "online" && numbers.length > 0 ? [] : [texts.presence[presence.is]];
    return `${shown(name)}: ${[...state, ...(presence.is === "offline" ? [] : numbers)].join(", ")}`;
  };
  return [texts.servers(online, servers.length), ...listed(servers, lineOf, texts)].join("\n");
}

/** All servers by name and presence. */
export function serverList(servers: readonly Server[], texts: BotTexts): string {
  if (servers.length === 0) return texts.noServers;
  const lineOf = ({ name, presence, services: { total, failed, unhealthy } }: Server): string => {
    const counts =
      total === 0 ? "" : `, ${texts.services} ${total}${failed + unhealthy > 0 ? ` (!${failed + unhealthy})` : ""}`;
    return `${shown(name)}: ${texts.presence[presence.is]}${counts}`;
  };
  return listed(servers, lineOf, texts).join("\n");
}

/** One server in numbers, with its last hour as rows of blocks. */
export async function serverReport(
  server: Server,
  deps: { readonly metrics: Pick<MetricReader, "query">; readonly fleet: Fleet },
  now: number,
  texts: BotTexts,
  signal: AbortSignal,
): Promise<string> {
  const { summary, presence, services } = server;
  const until = Math.ceil(now / POINT_MS) * POINT_MS;
  const range = { from: until - HOUR_POINTS * POINT_MS, until };
  const rowOf = async (metric: string): Promise<string> => {
    const select = [{ metric, match: {}, step: "avg" as const }];
    const query = { serverIds: [server.id], select, range, stepMs: POINT_MS, pointsMax: 10 * HOUR_POINTS };
    const [line] = await deps.metrics.query(query, signal);
    return line === undefined ? "" : `\n${sparkline(line.values)} ${texts.lastHour}`;
  };
  const number = (title: string, value: number | null, text: (value: number) => string): readonly string[] =>
    value === null ? [] : [`${title}: ${text(value)}`];
  const [cpu, memory] = [await rowOf("cpu_busy_ratio"), await rowOf("memory_used_ratio")];
  const ratio = (value: number): string => valueText(value, "ratio");
  const rate = (value: number | null): string => (value === null ? "–" : valueText(value, "bytes_per_second"));
  const { worstDisk, networkReceiveBytesPerSecond: received, networkTransmitBytesPerSecond: sent } = summary;
  return [
    `${shown(server.name)}: ${texts.presence[presence.is]}${presence.is === "online" ? "" : ` (${texts.notCurrent})`}`,
    ...number(texts.cpu, summary.cpuBusyRatio, (value) => `${ratio(value)}${cpu}`),
    ...number(texts.memory, summary.memoryUsedRatio, (value) => `${ratio(value)}${memory}`),
    ...(worstDisk === null ? [] : [`${texts.disk} ${shown(worstDisk.mount)}: ${ratio(worstDisk.usedRatio)}`]),
    ...number(texts.load, summary.load1, (value) => valueText(value, "load")),
    ...(received === null && sent === null ? [] : [`${texts.network}: ↓ ${rate(received)} ↑ ${rate(sent)}`]),
    ...number(texts.temperature, summary.temperatureCelsius, (value) => valueText(value, "celsius")),
    ...number(texts.uptime, summary.uptimeSeconds, (value) => spanText(value * 1_000)),
    ...(services.total === 0 ? [] : [`${texts.services}: ${services.running}/${services.total}`]),
  ].join("\n");
}

/** Services, what is wrong first. */
export function serviceList(services: readonly Service[], serverName: (id: string) => string, texts: BotTexts): string {
  if (services.length === 0) return texts.noServices;
  const isWrong = ({ state, health }: Service): boolean =>
    state === "failed" || state === "backing-off" || health === "unhealthy" || health === "degraded";
  const ordered = [...services].sort((one, other) => Number(isWrong(other)) - Number(isWrong(one)));
  const lineOf = (service: Service): string => {
    const { name, serverId, state, health, isCurrent } = service;
    const said = [state, ...(health === "unknown" ? [] : [health]), ...(isCurrent ? [] : [texts.notCurrent])];
    return `${isWrong(service) ? "! " : ""}${shown(name)} (${shown(serverName(serverId))}): ${said.join(", ")}`;
  };
  return listed(ordered, lineOf, texts).join("\n");
}

/** Incidents in the order in which they are numbered: the worst first, then the newest. */
export const inOrder = (incidents: readonly Incident[]): readonly Incident[] =>
  [...incidents].sort(
    (one, other) => severityRank(other.severity) - severityRank(one.severity) || other.openedAt - one.openedAt,
  );

/** Incidents by number. */
export function incidentList(
  incidents: readonly Incident[],
  titleOf: (incident: Incident) => string,
  texts: BotTexts,
): string {
  if (incidents.length === 0) return texts.noIncidents;
  const lineOf = (incident: Incident, at: number): string => {
    const { severity, acknowledged, snoozedUntil } = incident;
    const notes = [
      ...(acknowledged === null ? [] : [texts.acknowledgedBy(shown(acknowledged.by))]),
      ...(snoozedUntil === null ? [] : [texts.snoozedUntil(timeText(snoozedUntil))]),
    ];
    const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
    return `${at + 1}. ${severity.toUpperCase()} ${shown(titleOf(incident), TITLE_MAX)}${note}`;
  };
  return listed(incidents, lineOf, texts).join("\n");
}
