import type { resources } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { ago, bitRate, bytes, frameRate, percent, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import type { Cell } from "../terminal/table.ts";

type Service = resources.Service;

const CHANNEL_COLUMNS = [
  { title: "frames", align: "right" },
  { title: "bit rate", align: "right" },
] as const;

/** Services as a table, with what channels send where there are any; what a server that is away said last is faint. */
export function serviceTable(services: readonly Service[], colours: Colours, now: number): Promise<string> | string {
  if (services.length === 0) return "No services.\n";
  const hasChannels = services.some(({ driver }) => driver === "channel");
  return renderTable(
    [
      { title: "state" },
      { title: "health" },
      { title: "name" },
      { title: "server" },
      { title: "driver" },
      { title: "kind" },
      { title: "up", align: "right" },
      { title: "cpu", align: "right" },
      { title: "memory", align: "right" },
      { title: "restarts", align: "right" },
      ...(hasChannels ? CHANNEL_COLUMNS : []),
    ],
    services.map((service) => [
      stateCell(service, colours),
      healthCell(service, colours),
      service.name,
      service.isCurrent
        ? service.server
        : { text: `${service.server} (${ago(service.at, now)})`, colour: colours.faint },
      service.driver,
      service.kind || UNKNOWN,
      upFor(service, now),
      percent(service.cpuRatio),
      bytes(service.memoryBytes),
      service.restarts === null ? UNKNOWN : String(service.restarts),
      ...(hasChannels ? [frameRate(service.framesPerSecond), bitRate(service.bytesPerSecond)] : []),
    ]),
  );
}

export function stateCell({ state, isCurrent }: Service, colours: Colours): Cell {
  if (!isCurrent) return { text: state, colour: colours.faint };
  if (state === "running") return { text: state, colour: colours.good };
  if (state === "failed") return { text: state, colour: colours.bad };
  return { text: state, colour: state === "stopped" ? colours.faint : colours.warning };
}

/** The health of whatever has one. */
export function healthCell({ health }: Pick<Service, "health">, colours: Colours): Exclude<Cell, string> {
  const colour = { healthy: colours.good, degraded: colours.warning, unhealthy: colours.bad, unknown: colours.faint };
  return { text: health, colour: colour[health] };
}

const upFor = ({ state, since }: Service, now: number): string =>
  span(state === "running" && since !== null ? now - since : null);

/** Everything that is known of one service. */
export function serviceFields(service: Service, now: number): string {
  const { lastExit: exit, verbs, granted } = service;
  const list = (items: readonly (string | number)[]): string => items.join(" ") || UNKNOWN;
  const notGranted = verbs.filter((verb) => !granted.includes(verb));
  return renderFields([
    ["name", service.name],
    ["server", service.server],
    ["id", service.id],
    ["driver", service.driver],
    ["what", service.description || UNKNOWN],
    ["state", `${service.state}${service.rawState && ` (${service.rawState})`} since ${utc(service.since)}`],
    ["health", [service.health, service.healthDetail].filter(Boolean).join(": ")],
    ["up", upFor(service, now)],
    ["run", service.run ?? UNKNOWN],
    ["pid", service.pid === null ? UNKNOWN : String(service.pid)],
    ["restarts", service.restarts === null ? UNKNOWN : String(service.restarts)],
    ["last exit", exit === null ? UNKNOWN : exitText(exit)],
    ["at boot", service.enabled ?? UNKNOWN],
    ["restarted by", service.restartPolicy ?? "nobody"],
    ["kind", service.kind || UNKNOWN],
    ["group", service.group || UNKNOWN],
    ["ports", list(service.ports)],
    ["urls", list(service.urls)],
    ["cpu", `${percent(service.cpuRatio)} of a core`],
    ["memory", bytes(service.memoryBytes)],
    ...(service.driver === "channel" ? channelFields(service) : []),
    ["tasks", service.tasks === null ? UNKNOWN : String(service.tasks)],
    ...(service.nextAt === null ? [] : [["next", utc(service.nextAt)] as const]),
    [
      "defined in",
      service.defined === null ? "not by Muster" : service.defined === "file" ? "the server's own file" : "the hub",
    ],
    ["allowed", list(granted)],
    ["not allowed", list(notGranted)],
    ["log", service.isLogGranted ? "may be read" : "the server's policy does not let it be read"],
    ["read", `${ago(service.at, now)}${service.isCurrent ? "" : ", and the server is not connected"}`],
  ]);
}

const channelFields = ({ framesPerSecond, bytesPerSecond }: Service): readonly (readonly [string, string])[] => [
  ["frame rate", frameRate(framesPerSecond)],
  ["bit rate", bitRate(bytesPerSecond)],
];

const exitText = ({ code, signal, detail }: NonNullable<Service["lastExit"]>): string =>
  [code === null ? "" : `code ${code}`, signal ?? "", detail].filter(Boolean).join(", ") || "nobody saw it";

/** Lines of a ledger as they came: newest first. */
export const ledgerTable = (entries: readonly resources.LedgerEntryView[], colours: Colours): Promise<string> =>
  renderTable(
    [{ title: "no", align: "right" }, { title: "time" }, { title: "event" }, { title: "state" }, { title: "cause" }],
    entries.map(({ seq, at, event, from, to, cause }) => [
      String(seq),
      utc(at),
      { text: event, colour: event === "gave-up" ? colours.bad : (text: string) => text },
      to === null ? (from ?? UNKNOWN) : from === null ? to : `${from} → ${to}`,
      cause,
    ]),
  );
