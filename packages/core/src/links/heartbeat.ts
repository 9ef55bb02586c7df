import { findMetric } from "../metrics/index.ts";
import { isMetricName } from "../samples.ts";
import type { Labels } from "../samples.ts";

/** Numbers by name, as a script sends them. */
export type Heartbeat = Readonly<Record<string, unknown>>;

export interface HeartbeatReading {
  readonly samples: readonly { readonly metric: string; readonly labels?: Labels; readonly value: number }[];
  /** Which names were not taken, and why. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Fields that every seed's scripts send: percent becomes a ratio, as all that is stored. */
const PERCENT_FIELDS: Readonly<Record<string, { readonly metric: string; readonly labels?: Labels }>> = {
  cpu_percent: { metric: "cpu_busy_ratio" },
  memory_percent: { metric: "memory_used_ratio" },
  disk_percent: { metric: "filesystem_used_ratio", labels: { mount: "/" } },
};

/** Names that one heartbeat may carry. */
export const HEARTBEAT_METRICS_MAX = 64;

/**
 * What a heartbeat says, as samples: the percent fields, metrics of the catalogue that have no labels by their own name,
 * and any other name as `custom_<name>`. One wrong value does not spoil the others.
 */
export function heartbeatSamples(metrics: Heartbeat): HeartbeatReading {
  const samples: { metric: string; labels?: Labels; value: number }[] = [];
  const refused: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [index, [name, value]] of Object.entries(metrics).entries()) {
    const percent = Object.hasOwn(PERCENT_FIELDS, name) ? PERCENT_FIELDS[name] : undefined;
    const metric = percent?.metric ?? ownMetric(name);
    if (index >= HEARTBEAT_METRICS_MAX) refused[shown(name)] = `only ${HEARTBEAT_METRICS_MAX} are taken`;
    else if (metric === undefined) refused[shown(name)] = "the name must match [a-z][a-z0-9_]*, at most 100 characters";
    else if (typeof value !== "number" || !Number.isFinite(value)) refused[shown(name)] = "must be a number";
    else if (percent !== undefined && (value < 0 || value > 100)) refused[shown(name)] = "must be from 0 to 100";
    else if (percent !== undefined) samples.push({ ...percent, value: value / 100 });
    else samples.push({ metric, value });
  }
  return { samples, refused };
}

function ownMetric(name: string): string | undefined {
  if (name.length > 100 || !isMetricName(name)) return undefined;
  const known = findMetric(name);
  return known !== undefined && known.labels.length === 0 ? name : `custom_${name}`;
}

const shown = (name: string): string => name.slice(0, 64);
