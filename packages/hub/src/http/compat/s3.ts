import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@muster/core";
import type { Clock } from "@muster/core";
import type { Service } from "@muster/protocol";
import { z } from "zod";
import { credentials } from "./bearer-sign-in.ts";
import { bodyOf, ok, queryOf, reply } from "./compat-handler.ts";
import type { CompatHandlers, CompatReply, CompatRequest, RouteCall } from "./compat-handler.ts";
import type { S3 } from "./compat-table.ts";
import { actOn, effect } from "./effects.ts";
import { handlesOf, serviceNamed } from "./named-services.ts";
import { pointsOf } from "./newest-values.ts";
import { s3Panels } from "./s3-panels.ts";
import { s3Info, s3Metrics } from "./service-shapes.ts";
import type { TongueDeps } from "./tongue-deps.ts";
import { userStats, NO_USER_STATS } from "./s3-user-stats.ts";
import { mebibytes, naiveLocal, percent } from "./units.ts";

const historyChoice = z.object({
  service: z.string().max(256).optional(),
  hours: z.coerce.number().int().min(1).max(720).optional(),
});

const POINTS = 300;

/** The VPN's manager: a cookie, services by name, their history. */
export function s3Handlers({ clock }: Pick<TongueDeps, "clock">): CompatHandlers<typeof S3> {
  const byName =
    (verb: "start" | "stop" | "restart") =>
    async ({ call, params }: CompatRequest): Promise<CompatReply> => {
      const handle = params["name"] ?? "";
      const { isDone, message } = await effect("", async () =>
        actOn(call, `service.${verb}`, await serviceNamed(call, handle)),
      );
      return isDone ? ok({ success: true, service: handle, action: verb }) : reply(500, { detail: message });
    };

  return {
    ...s3Panels,
    "POST /api/login": async (request) => {
      const { username: name, password } = bodyOf(request, credentials);
      const { csrfToken } = await request.call("POST /api/v1/login", { body: { name, password } });
      return ok({ success: true, csrf_token: csrfToken });
    },
    "POST /api/logout": async ({ call }) => {
      await call("POST /api/v1/logout");
      return ok({ success: true });
    },
    "GET /api/status": async ({ call }) => {
      const { items } = await call("GET /api/v1/services");
      return ok({
        overall_health: worstHealth(items),
        total_services: items.length,
        running_services: items.filter(({ state }) => state === "running").length,
        services: byHandle(items, (service, name) => s3Info(service, name, clock)),
        timestamp: naiveLocal(clock.now()),
      });
    },
    "GET /api/services": async ({ call }) => {
      const { items } = await call("GET /api/v1/services");
      return ok({ services: byHandle(items, (service, name) => s3Info(service, name, clock)) });
    },
    "POST /api/services/{name}/start": byName("start"),
    "POST /api/services/{name}/stop": byName("stop"),
    "POST /api/services/{name}/restart": byName("restart"),
    "GET /api/metrics/history": async (request) => {
      const { service: handle, hours = 1 } = queryOf(request, historyChoice);
      if (handle === undefined) {
        const { items } = await request.call("GET /api/v1/services");
        return ok({ services: byHandle(items, (service) => s3Metrics(service, clock)) });
      }
      const service = await serviceNamed(request.call, handle);
      return ok({ service: handle, metrics: await historyOf(request.call, service, hours * HOUR_MS, clock) });
    },
    "GET /api/users/stats": async ({ call }) => {
      const stats = await userStats(call, clock.now());
      return stats === undefined ? reply(501, { detail: NO_USER_STATS }) : ok(stats);
    },
  };
}

const byHandle = (
  services: readonly Service[],
  shape: (service: Service, name: string) => object,
): Readonly<Record<string, object>> =>
  Object.fromEntries([...handlesOf(services)].map(([service, name]) => [name, shape(service, name)]));

/** The worst that is known; `unknown` only where nothing is. */
const worstHealth = (services: readonly Service[]): Service["health"] =>
  (["unhealthy", "degraded", "healthy"] as const).find((health) => services.some((one) => one.health === health)) ??
  "unknown";

async function historyOf(
  call: RouteCall,
  { serverId, driver, name }: Service,
  spanMs: number,
  clock: Clock,
): Promise<readonly object[]> {
  const step = Math.max(MINUTE_MS, Math.ceil(spanMs / POINTS / SECOND_MS) * SECOND_MS);
  const to = clock.now() + SECOND_MS;
  const from = to - spanMs;
  const { series, stepMs } = await call("GET /api/v1/metrics/query", {
    query: {
      ...{ server: serverId, from, to, step, function: "last" },
      metric: "service_cpu_ratio,service_memory_bytes,service_uptime_seconds,service_restarts_total",
      labels: JSON.stringify({ driver, service: name }),
    },
  });
  const line = (metric: string) => series.find((one) => one.metric === metric);
  const points = pointsOf(
    { from, stepMs },
    {
      cpu: line("service_cpu_ratio"),
      memory: line("service_memory_bytes"),
      uptime: line("service_uptime_seconds"),
      restarts: line("service_restarts_total"),
    },
  );
  return points.map(({ at, values }) => ({
    timestamp: naiveLocal(at),
    cpu_percent: percent(values.cpu),
    memory_mb: mebibytes(values.memory, 1),
    memory_percent: null,
    uptime_seconds: values.uptime,
    restart_count: values.restarts,
  }));
}
