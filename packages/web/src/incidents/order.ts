import { severityRank } from "@muster/core";
import { compareRows } from "../fleet/compare-rows.ts";
import type { SortValue } from "../fleet/compare-rows.ts";
import { compareUrgency } from "./incident-state.ts";
import type { Incident } from "./incidents-view.ts";

/** Columns of the list that can be sorted by. */
export const INCIDENT_SORT_KEYS = ["severity", "title", "servers", "since"] as const;
export type IncidentSortKey = (typeof INCIDENT_SORT_KEYS)[number];
export interface IncidentSort {
  readonly key: IncidentSortKey;
  readonly descending: boolean;
}

const READ: Readonly<Record<IncidentSortKey, (incident: Incident) => SortValue>> = {
  severity: ({ severity }) => severityRank(severity),
  title: ({ title }) => title,
  servers: ({ servers }) => servers[0]?.name ?? null,
  since: ({ openedAt }) => openedAt,
};

/** Compares by the sort; without one what needs somebody comes first. */
export const compareIncidents = (sort: IncidentSort | undefined): ((a: Incident, b: Incident) => number) =>
  sort === undefined ? compareUrgency : compareRows(READ[sort.key], sort.descending, compareUrgency);
