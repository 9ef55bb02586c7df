import { expect, test } from "vitest";
import type { Health } from "../services/service.ts";
import { summedHealth } from "./summed-health.ts";

const probe = (name: string, health: Health, detail = "") => ({ name, health, detail });

test.each<[string, Health, string, ReturnType<typeof probe>[], Health, string]>([
  ["without probes", "degraded", "slow", [], "degraded", "slow"],
  ["a healthy probe", "healthy", "ok", [probe("a", "healthy", "200 in 3 ms")], "healthy", "ok"],
  ["a worse probe", "healthy", "ok", [probe("a", "unhealthy", "500")], "unhealthy", "probe a is unhealthy: 500"],
  ["a milder probe", "unhealthy", "down", [probe("a", "degraded", "slow")], "unhealthy", "down"],
  ["one as bad", "degraded", "slow", [probe("a", "degraded", "late")], "degraded", "slow; probe a is degraded: late"],
  ["one that could not look", "healthy", "ok", [probe("a", "unknown", "no way")], "healthy", "ok"],
  ["nothing known", "unknown", "?", [probe("a", "unknown")], "unknown", "?"],
  ["only the probe knows", "unknown", "?", [probe("a", "healthy", "200")], "healthy", "probe a is healthy"],
  [
    "several",
    "healthy",
    "",
    [probe("a", "unhealthy"), probe("b", "degraded", "slow"), probe("c", "unhealthy", "500")],
    ...(["unhealthy", "probe a is unhealthy; probe c is unhealthy: 500"] as const),
  ],
])("[PB18] health with probes is the worst of what is known: %s", (_, health, healthDetail, probes, worst, detail) => {
  expect(summedHealth({ health, healthDetail }, probes)).toEqual({ health: worst, healthDetail: detail });
});
