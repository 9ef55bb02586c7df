import { SORT_KEYS } from "../fleet/order.ts";
import type { Sort } from "../fleet/order.ts";
import { INCIDENT_SORT_KEYS } from "../incidents/order.ts";
import type { IncidentSort } from "../incidents/order.ts";
import { PROBE_SORT_KEYS } from "../probes/order.ts";
import type { ProbeSort } from "../probes/order.ts";
import { SERVICE_GROUPS } from "../services/layout.ts";
import type { ServiceGroup } from "../services/layout.ts";
import { SERVICE_SORT_KEYS } from "../services/order.ts";
import type { ServiceSort } from "../services/order.ts";
import { TASK_SORT_KEYS } from "../tasks/order.ts";
import type { TaskSort } from "../tasks/order.ts";

/** What a page keeps in its address. Unknown or malformed parts are left out, so that a mangled link still opens. */

const text = (value: unknown, charactersMax = 500): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, charactersMax) : undefined;

/** What is left out stays as undefined: a key that is not there would be taken as it stands in the address. */
const present = <T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  parts as { [K in keyof T]?: Exclude<T[K], undefined> };

export interface OverviewSearch {
  readonly q?: string;
  /** A column, with `-` before it for the largest first. */
  readonly sort?: string;
  readonly view?: "tiles";
  readonly group?: "tag";
}

export const overviewSearch = (search: Record<string, unknown>): OverviewSearch =>
  present({
    q: filterText(search["q"]),
    sort: sortOf(SORT_KEYS, search["sort"]) && text(search["sort"]),
    view: search["view"] === "tiles" ? ("tiles" as const) : undefined,
    group: search["group"] === "tag" ? ("tag" as const) : undefined,
  });

interface SortOf<Key extends string> {
  readonly key: Key;
  readonly descending: boolean;
}

/** A column of those that can be sorted by, with `-` before it for the largest first; undefined for what is none. */
function sortOf<Key extends string>(keys: readonly Key[], value: unknown): SortOf<Key> | undefined {
  if (typeof value !== "string") return undefined;
  const descending = value.startsWith("-");
  const key = keys.find((candidate) => candidate === (descending ? value.slice(1) : value));
  return key && { key, descending };
}

export const formatSort = ({ key, descending }: SortOf<string>): string => `${descending ? "-" : ""}${key}`;

/** A filter that is a number comes as one. */
const filterText = (value: unknown): string | undefined => (typeof value === "number" ? String(value) : text(value));

export const parseSort = (value: string | undefined): Sort | undefined => sortOf(SORT_KEYS, value);

export interface RangeSearch {
  /** One of the named ranges, or `from..to` in epoch milliseconds. */
  readonly range?: string;
  /** Whether the period before is laid over. */
  readonly compare?: 1;
}
export const rangeSearch = (search: Record<string, unknown>): RangeSearch =>
  present({ range: text(search["range"]), compare: search["compare"] === 1 ? (1 as const) : undefined });

export interface CompareSearch {
  /** Ids separated by commas; an empty place keeps a colour free. */
  readonly servers?: string;
  /** Metric names separated by commas. */
  readonly metric?: string;
  readonly range?: string;
}
export const compareSearch = (search: Record<string, unknown>): CompareSearch =>
  present({ servers: text(search["servers"]), metric: text(search["metric"], 2_000), range: text(search["range"]) });

export interface AddSearch {
  /** How the server is to be reached; by an agent unless it says otherwise. */
  readonly way?: "ssh" | "pull" | "push";
}
export const addSearch = (search: Record<string, unknown>): AddSearch =>
  present({ way: (["ssh", "pull", "push"] as const).find((way) => way === search["way"]) });

export interface ProcessSearch {
  readonly q?: string;
  readonly view?: "tree";
  readonly sort?: "cpu" | "memory";
}
export const processSearch = (search: Record<string, unknown>): ProcessSearch =>
  present({
    q: filterText(search["q"]),
    view: search["view"] === "tree" ? ("tree" as const) : undefined,
    sort: search["sort"] === "memory" ? ("memory" as const) : undefined,
  });

export interface ServiceSearch {
  readonly q?: string;
  /** A column, with `-` before it for the largest first. */
  readonly sort?: string;
  readonly group?: ServiceGroup;
}

export const serviceSearch = (search: Record<string, unknown>): ServiceSearch =>
  present({
    q: filterText(search["q"]),
    sort: sortOf(SERVICE_SORT_KEYS, search["sort"]) && text(search["sort"]),
    group: SERVICE_GROUPS.find((group) => group === search["group"]),
  });

/** Trouble first, unless the address says otherwise. */
export const parseServiceSort = (value: string | undefined): ServiceSort =>
  sortOf(SERVICE_SORT_KEYS, value) ?? { key: "state", descending: false };

export interface ProbeSearch {
  readonly q?: string;
  /** A column, with `-` before it for the largest first. */
  readonly sort?: string;
}
export const probesSearch = (search: Record<string, unknown>): ProbeSearch =>
  present({
    q: filterText(search["q"]),
    sort: sortOf(PROBE_SORT_KEYS, search["sort"]) && text(search["sort"]),
  });

/** Trouble first, unless the address says otherwise. */
export const parseProbeSort = (value: string | undefined): ProbeSort =>
  sortOf(PROBE_SORT_KEYS, value) ?? { key: "health", descending: false };

export interface IncidentSearch {
  readonly q?: string;
  /** A column, with `-` before it for the largest first. */
  readonly sort?: string;
}
export const incidentsSearch = (search: Record<string, unknown>): IncidentSearch =>
  present({
    q: filterText(search["q"]),
    sort: sortOf(INCIDENT_SORT_KEYS, search["sort"]) && text(search["sort"]),
  });

/** Undefined: what needs somebody first. */
export const parseIncidentSort = (value: string | undefined): IncidentSort | undefined =>
  sortOf(INCIDENT_SORT_KEYS, value);

export interface TasksSearch {
  readonly q?: string;
  /** A column, with `-` before it for the largest first. */
  readonly sort?: string;
}
export const tasksSearch = (search: Record<string, unknown>): TasksSearch =>
  present({
    q: filterText(search["q"]),
    sort: sortOf(TASK_SORT_KEYS, search["sort"]) && text(search["sort"]),
  });

/** Undefined: what needs somebody first. */
export const parseTaskSort = (value: string | undefined): TaskSort | undefined => sortOf(TASK_SORT_KEYS, value);

export interface TaskSearch {
  /** The month of the calendar, such as `2026-11`; the present one unless it says otherwise. */
  readonly month?: string;
  /** The day whose runs are shown, such as `2026-11-28`. */
  readonly day?: string;
}
export const taskSearch = (search: Record<string, unknown>): TaskSearch =>
  present({ month: dateText(search["month"], "-01"), day: dateText(search["day"], "") });

/** A text that is a day once it is ended so. */
const dateText = (value: unknown, end: string): string | undefined => {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d$/.test(value + end)) return undefined;
  const at = Date.parse(`${value}${end}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value) ? value : undefined;
};

/** What a form of several kinds is for; nothing while none is picked. */
export interface KindSearch {
  readonly kind?: string;
}
export const kindSearch = (search: Record<string, unknown>): KindSearch => present({ kind: text(search["kind"], 64) });

export interface DeliverySearch {
  readonly state?: "waiting" | "sent" | "failed";
  /** The id of a notifier. */
  readonly notifier?: string;
}
export const deliverySearch = (search: Record<string, unknown>): DeliverySearch =>
  present({
    state: (["waiting", "sent", "failed"] as const).find((state) => state === search["state"]),
    notifier: text(search["notifier"], 64),
  });

export interface AddProbeSearch {
  /** Nothing while none is picked. */
  readonly kind?: string;
  /** The server that it is to be about. */
  readonly about?: string;
  /** The service of that server, as `serviceKeyText` writes it. */
  readonly service?: string;
}
export const addProbeSearch = (search: Record<string, unknown>): AddProbeSearch =>
  present({
    kind: text(search["kind"], 64),
    about: text(search["about"], 64),
    service: text(search["service"], 300),
  });

export interface LogSearch {
  /** Service ids separated by commas. */
  readonly service?: string;
  /** Files as `<server id>:<absolute path>`, separated by commas. */
  readonly file?: string;
  readonly q?: string;
  readonly expression?: 1;
  /** Only lines at least as severe, as syslog counts. */
  readonly level?: number;
  /** Epoch milliseconds: the lines from there on, instead of the newest. */
  readonly at?: number;
}

export const logSearch = (search: Record<string, unknown>): LogSearch =>
  present({
    service: text(search["service"], 1_000),
    file: text(search["file"], 4_000),
    q: typeof search["q"] === "number" ? String(search["q"]) : text(search["q"], 256),
    expression: search["expression"] === 1 ? (1 as const) : undefined,
    level: wholeWithin(search["level"], 0, 7),
    at: wholeWithin(search["at"], 0, 253_402_300_799_999),
  });

const wholeWithin = (value: unknown, least: number, most: number): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined;

export interface ActivitySearch {
  readonly show?: "running" | "failed";
}
export const activitySearch = (search: Record<string, unknown>): ActivitySearch =>
  present({ show: (["running", "failed"] as const).find((one) => one === search["show"]) });

export interface DefineSearch {
  readonly driver?: "tmux";
}
export const defineSearch = (search: Record<string, unknown>): DefineSearch =>
  present({ driver: search["driver"] === "tmux" ? ("tmux" as const) : undefined });

export interface LoginSearch {
  /** The page to go to afterwards: a path on this hub and nothing else. */
  readonly next?: string;
}
export const loginSearch = (search: Record<string, unknown>): LoginSearch => {
  const next = text(search["next"]);
  return present({ next: next && /^\/(?![/\\])/.test(next) ? next : undefined });
};

export interface AuditSearch {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
}
export const auditSearch = (search: Record<string, unknown>): AuditSearch =>
  present({ actor: text(search["actor"]), action: text(search["action"]), target: text(search["target"]) });
