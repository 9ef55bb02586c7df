import type { Clock, Instant } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { AuditLog, AuditVerdict } from "../../access/audit-log.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { MetricStore } from "../../metrics/metric-store.ts";
import type { Handlers } from "../handler.ts";

export interface HubRouteDeps {
  readonly audit: AuditLog;
  readonly verifyAudit: () => Promise<AuditVerdict>;
  readonly fleet: Fleet;
  readonly metrics: MetricStore;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAt: Instant;
  readonly warnings: () => string[];
  readonly storageState: () => "working" | "full" | "failed";
}

type HubRoutes = Pick<Handlers, Extract<RouteName, `${string} /api/v1/audit${string}` | "GET /api/v1/status">>;

const DEFAULT_AUDIT_ROWS = 100;

export function hubRoutes(deps: HubRouteDeps): HubRoutes {
  return {
    "GET /api/v1/audit": async ({ query }) => {
      const items = await deps.audit.list({ ...query, limit: query.limit ?? DEFAULT_AUDIT_ROWS });
      return { items: items.map((row) => ({ ...row, args: { ...row.args } })), chain: await deps.verifyAudit() };
    },
    "GET /api/v1/status": async () => {
      const counts = { total: 0, online: 0, stale: 0, offline: 0, pending: 0 };
      for (const id of deps.fleet.ids()) {
        counts.total++;
        counts[deps.fleet.presenceOf(deps.fleet.get(id)!).is]++;
      }
      const { seriesCount, sampleCount, bytes } = await deps.metrics.size();
      return {
        version: deps.version,
        startedAt: deps.startedAt,
        now: deps.clock.now(),
        servers: counts,
        storage: { state: deps.storageState(), seriesCount, sampleCount, bytes },
        warnings: deps.warnings(),
      };
    },
  };
}
