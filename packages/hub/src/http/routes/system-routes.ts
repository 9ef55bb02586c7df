import { DAY_MS, storageForecast } from "@muster/core";
import type { Clock, RetentionDays } from "@muster/core";
import type { RouteName } from "@muster/protocol";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { MetricReader, StockDay } from "../../metrics/metric-store.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";

type SystemRoutes = Pick<Handlers, Extract<RouteName, `${string} /api/v1/system/${string}`>>;

const DAYS_SHOWN = 90;

export function systemRoutes(deps: {
  readonly metrics: MetricReader;
  readonly retention: {
    readonly current: RetentionDays;
    /** Durable when it resolves. Throws BAD_REQUEST where a coarse resolution would go before a finer one. */
    change(wanted: RetentionDays): Promise<RetentionDays>;
  };
  /** Drops at once what a new choice no longer keeps; does not wait for it. */
  readonly retainNow: () => void;
  readonly bus: CommandBus;
  readonly clock: Clock;
  readonly storageState: () => "working" | "full" | "failed";
  /** Free bytes where the metric file lies; null where the system does not say. */
  readonly freeBytes: () => Promise<number | null>;
}): SystemRoutes {
  const { metrics, retention, clock } = deps;
  return {
    "GET /api/v1/system/retention": async () => ({ ...retention.current }),

    "PUT /api/v1/system/retention": async (context) => {
      const change = {
        name: "retention.change",
        right: "hub.write",
        target: "history",
        args: { ...context.body, before: { ...retention.current } },
      } as const;
      const changed = await deps.bus.change(callerOf(context).actor, "http", change, () =>
        retention.change(context.body),
      );
      deps.retainNow();
      return { ...changed };
    },

    "GET /api/v1/system/storage": async () => {
      const { stock = [], bytes, seriesCount, sampleCount, refusedSeriesCount } = await metrics.size();
      const freeBytes = await deps.freeBytes();
      const now = clock.now();
      const days = stock.map(({ resolutionMs, day, bytes: ofDay, sampleCount: count }) => ({
        resolutionMs,
        day,
        bytes: ofDay,
        count,
      }));
      return {
        state: deps.storageState(),
        bytes,
        freeBytes,
        seriesCount,
        sampleCount,
        refusedSeriesCount,
        resolutions: sumByResolution(stock),
        days: days
          .filter(({ day }) => day > now - DAYS_SHOWN * DAY_MS)
          .sort((left, right) => left.day - right.day || left.resolutionMs - right.resolutionMs),
        forecast: storageForecast({ at: now, stock: days, retention: retention.current, bytes, freeBytes }),
      };
    },
  };
}

const sumByResolution = (stock: readonly StockDay[]) =>
  [...Map.groupBy(stock, ({ resolutionMs }) => resolutionMs)]
    .sort(([left], [right]) => left - right)
    .map(([resolutionMs, days]) => ({
      resolutionMs,
      bytes: days.reduce((sum, { bytes }) => sum + bytes, 0),
      count: days.reduce((sum, { sampleCount }) => sum + sampleCount, 0),
      since: Math.min(...days.map(({ day }) => day)),
    }));
