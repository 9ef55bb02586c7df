import { compareRows, naturalOrder } from "../fleet/compare-rows.ts";
import type { SortValue } from "../fleet/compare-rows.ts";
import { healthRank, stateRank } from "./service-state.ts";
import type { Service } from "./services-view.ts";

/** Columns of the list that can be sorted by. */
export const SERVICE_SORT_KEYS = [
  "state",
  "health",
  "name",
  "driver",
  "server",
  "since",
  "cpu",
  "memory",
  "frameRate",
  "bitRate",
  "restarts",
] as const;
export type ServiceSortKey = (typeof SERVICE_SORT_KEYS)[number];
export interface ServiceSort {
  readonly key: ServiceSortKey;
  readonly descending: boolean;
}

const READ: Readonly<Record<ServiceSortKey, (service: Service) => SortValue>> = {
  state: stateRank,
  health: healthRank,
  name: ({ name }) => name,
  driver: ({ driver, kind }) => `${kind}\n${driver}`,
  server: ({ server }) => server,
  since: ({ since }) => (since === null ? null : -since),
  cpu: ({ cpuRatio }) => cpuRatio,
  memory: ({ memoryBytes }) => memoryBytes,
  frameRate: ({ framesPerSecond = null }) => framesPerSecond,
  bitRate: ({ bytesPerSecond = null }) => bytesPerSecond,
  restarts: ({ restarts }) => restarts,
};

/** Compares by the sort, then by name and server. */
export const compareServices = ({ key, descending }: ServiceSort): ((a: Service, b: Service) => number) =>
  compareRows(
    READ[key],
    descending,
    (a, b) =>
      naturalOrder.compare(a.name, b.name) || naturalOrder.compare(a.server, b.server) || (a.id < b.id ? -1 : 1),
  );
