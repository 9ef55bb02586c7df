import { MINUTE_MS, SECOND_MS } from "@muster/core";
import type { QueryLineView } from "@muster/protocol";
import type { RouteCall } from "./compat-handler.ts";

/** What has not been read for so long is not told as newest. */
const LOOK_BACK_MS = 10 * MINUTE_MS;
const SERVERS_AT_ONCE = 200;

/** The newest value of one series, or its rate over the last minutes. */
export interface NewestValue {
  readonly serverId: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The newest values of these metrics, by server. Throws FORBIDDEN, NOT_FOUND and what else a query throws. */
export async function newestValues(
  call: RouteCall,
  serverIds: readonly string[],
  metrics: readonly string[],
  { now, as = "last" }: { readonly now: number; readonly as?: "last" | "rate" },
): Promise<ReadonlyMap<string, readonly NewestValue[]>> {
  const spanMs = as === "rate" ? 2 * MINUTE_MS : LOOK_BACK_MS;
  const found: NewestValue[] = [];
  for (let first = 0; first < serverIds.length; first += SERVERS_AT_ONCE) {
    const { series } = await call("GET /api/v1/metrics/query", {
      query: {
        server: serverIds.slice(first, first + SERVERS_AT_ONCE).join(","),
        metric: metrics.join(","),
        from: now - spanMs,
        to: now + SECOND_MS,
        step: spanMs + SECOND_MS,
        function: as,
      },
    });
    for (const { serverId, metric, labels, values } of series) {
      const [value] = values;
      if (serverId !== null && value !== null && value !== undefined) found.push({ serverId, metric, labels, value });
    }
  }
  return Map.groupBy(found, ({ serverId }) => serverId);
}

/** The value of a metric that has no labels, or of the one series with this label. */
export const valueOf = (
  values: readonly NewestValue[] | undefined,
  metric: string,
  labels: Readonly<Record<string, string>> = {},
): number | null =>
  values?.find(
    (one) => one.metric === metric && Object.entries(labels).every(([name, value]) => one.labels[name] === value),
  )?.value ?? null;

/** All series of a metric. */
export const seriesOf = (values: readonly NewestValue[] | undefined, metric: string): readonly NewestValue[] =>
  values?.filter((one) => one.metric === metric) ?? [];

/** Lines of a query as points by their time; a step in which nothing was read is left out. */
export function pointsOf<Name extends string>(
  { from, stepMs }: { readonly from: number; readonly stepMs: number },
  lines: Readonly<Record<Name, QueryLineView | undefined>>,
): readonly { readonly at: number; readonly values: Readonly<Record<Name, number | null>> }[] {
  const named = Object.entries(lines) as [Name, QueryLineView | undefined][];
  const length = Math.max(0, ...named.map(([, line]) => line?.values.length ?? 0));
  return Array.from({ length }, (_, index) => ({
    at: from + index * stepMs,
    values: Object.fromEntries(named.map(([name, line]) => [name, line?.values[index] ?? null])) as Record<
      Name,
      number | null
    >,
  })).filter(({ values }) => Object.values(values).some((value) => value !== null));
}
