import { SORT_KEYS } from "../fleet/order.ts";
import type { Sort } from "../fleet/order.ts";

/** What a page keeps in its address. Unknown or malformed parts are left out, so that a mangled link still opens. */

const text = (value: unknown, charactersMax = 500): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, charactersMax) : undefined;

const present = <T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

export interface OverviewSearch {
  readonly q?: string;
  /** A column, with `-` before it for the largest first. */
  readonly sort?: string;
  readonly view?: "tiles";
  readonly group?: "tag";
}

export const overviewSearch = (search: Record<string, unknown>): OverviewSearch =>
  present({
    q: typeof search["q"] === "number" ? String(search["q"]) : text(search["q"]),
    sort: parseSort(text(search["sort"])) ? text(search["sort"]) : undefined,
    view: search["view"] === "tiles" ? ("tiles" as const) : undefined,
    group: search["group"] === "tag" ? ("tag" as const) : undefined,
  });

export function parseSort(value: string | undefined): Sort | undefined {
  if (value === undefined) return undefined;
  const descending = value.startsWith("-");
  const key = SORT_KEYS.find((candidate) => candidate === (descending ? value.slice(1) : value));
  return key ? { key, descending } : undefined;
}

export const formatSort = (sort: Sort): string => `${sort.descending ? "-" : ""}${sort.key}`;

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

export interface ProcessSearch {
  readonly q?: string;
  readonly view?: "tree";
  readonly sort?: "cpu" | "memory";
}
export const processSearch = (search: Record<string, unknown>): ProcessSearch =>
  present({
    q: typeof search["q"] === "number" ? String(search["q"]) : text(search["q"]),
    view: search["view"] === "tree" ? ("tree" as const) : undefined,
    sort: search["sort"] === "memory" ? ("memory" as const) : undefined,
  });

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
