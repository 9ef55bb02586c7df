import { MINUTE_MS, SECOND_MS } from "@muster/core";
import type { ProbeView } from "@muster/protocol";
import type { RouteCall } from "./compat-handler.ts";

const COLUMNS = ["total_users", "active_subscriptions", "trial_users", "new_today", "total_configs"] as const;
/** A query names the columns that it answers; one letter before or after makes it another name. */
const NAMED = new RegExp(`(?<![A-Za-z0-9_])(?:${COLUMNS.join("|")})(?![A-Za-z0-9_])`, "i");
const LOOK_BACK_MS_LEAST = 10 * MINUTE_MS;
const PROBES_MAX = 100;

export const NO_USER_STATS = `Not served here yet: add a probe of the kind sql whose query answers columns such as ${COLUMNS.join(", ")} (docs/probes.md).`;

/**
 * What SQL metrics tell of the users of a VPN: of each column the newest value, of the first probe by name that has one.
 * Undefined where nobody has set up such a probe. Throws what the routes throw.
 */
export async function userStats(
  call: RouteCall,
  now: number,
): Promise<Readonly<Record<(typeof COLUMNS)[number], number | null>> | undefined> {
  const { items } = await call("GET /api/v1/probes", { query: { kind: "sql" } });
  const probes = items.filter(isOfUsers).slice(0, PROBES_MAX);
  if (probes.length === 0) return undefined;
  // Twice its interval: one answer that failed does not take the numbers away.
  const spanMs = Math.max(LOOK_BACK_MS_LEAST, ...probes.map(({ intervalMs }) => 2 * intervalMs));
  const { series } = await call("GET /api/v1/metrics/query", {
    query: {
      probe: probes.map(({ id }) => id).join(","),
      metric: COLUMNS.map((column) => `custom_${column}`).join(","),
      ...{ from: now - spanMs, to: now + SECOND_MS, step: spanMs + SECOND_MS, function: "last" },
    },
  });
  const valueOf = (column: string): number | null => {
    const told = series.filter(
      ({ metric, labels }) => metric === `custom_${column}` && Object.keys(labels).length === 0,
    );
    for (const { id } of probes) {
      const value = told.find(({ serverId }) => serverId === id)?.values[0];
      if (value !== undefined && value !== null) return value;
    }
    return null;
  };
  return Object.fromEntries(COLUMNS.map((column) => [column, valueOf(column)])) as Record<
    (typeof COLUMNS)[number],
    number | null
  >;
}

const isOfUsers = ({ settings }: ProbeView): boolean =>
  typeof settings["query"] === "string" && NAMED.test(settings["query"]);
