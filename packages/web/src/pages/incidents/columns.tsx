import type { ReactNode } from "react";
import type { ColumnLook } from "../../fleet/fit-columns.ts";
import type { Incident } from "../../incidents/incidents-view.ts";
import type { IncidentSortKey } from "../../incidents/order.ts";
import {
  ActCell,
  LastedCell,
  OpenedCell,
  PickCell,
  ServersCell,
  SeverityCell,
  SinceCell,
  StateCell,
  TitleCell,
} from "./cells.tsx";

export type IncidentColumnId =
  | "pick"
  | "severity"
  | "title"
  | "servers"
  | "since"
  | "opened"
  | "lasted"
  | "state"
  | "act";

interface IncidentColumnLook extends ColumnLook {
  readonly sort?: IncidentSortKey;
  readonly align?: "right";
  readonly draw: (incident: Incident) => ReactNode;
}

/** Everything a list says of an incident, in the order of the table. */
export const INCIDENT_COLUMNS: Readonly<Record<IncidentColumnId, IncidentColumnLook>> = {
  pick: { least: 16, draw: (incident) => <PickCell incident={incident} /> },
  severity: { least: 92, sort: "severity", draw: (incident) => <SeverityCell incident={incident} /> },
  title: { least: 220, grow: 3, sort: "title", draw: (incident) => <TitleCell incident={incident} /> },
  servers: {
    least: 110,
    grow: 0.8,
    importance: 14,
    sort: "servers",
    draw: (incident) => <ServersCell incident={incident} />,
  },
  since: { least: 74, sort: "since", align: "right", draw: (incident) => <SinceCell incident={incident} /> },
  opened: { least: 160, importance: 13, sort: "since", draw: (incident) => <OpenedCell incident={incident} /> },
  lasted: { least: 74, align: "right", importance: 12, draw: (incident) => <LastedCell incident={incident} /> },
  state: { least: 150, grow: 0.8, importance: 15, draw: (incident) => <StateCell incident={incident} /> },
  act: { least: 92, importance: 16, draw: (incident) => <ActCell incident={incident} /> },
};

export const OPEN_COLUMNS: readonly IncidentColumnId[] = [
  ...(["pick", "severity", "title", "servers", "since", "state", "act"] as const),
];
export const PAST_COLUMNS: readonly IncidentColumnId[] = ["severity", "title", "servers", "opened", "lasted", "state"];
