import { describe, expect, test } from "vitest";
import { RUN_STATES } from "../services/service.ts";
import { publicHealth, publicPresence, publicService, worstPublicState } from "./public-status.ts";
import { oldestBar, tallied, uptimeBars } from "./uptime-tally.ts";

describe("what the public is told", () => {
  test("[SP7] a service is as its run and its health say, and not there behind a server that is gone", () => {
    expect(RUN_STATES.map((state) => [state, publicService(state, "healthy", "up")])).toEqual([
      ["running", "up"],
      ["starting", "degraded"],
      ["stopping", "degraded"],
      ["stopped", "down"],
      ["backing-off", "degraded"],
      ["failed", "down"],
      ["paused", "degraded"],
      ["unknown", "unknown"],
    ]);
    expect(publicService("running", "unknown", "up")).toBe("up");
    expect(publicService("running", "degraded", "up")).toBe("degraded");
    expect(publicService("running", "unhealthy", "up")).toBe("down");
    expect(publicService("running", "healthy", "down")).toBe("down");
    expect(publicService("running", "healthy", "unknown")).toBe("unknown");
  });

  test("[SP7] servers and probes", () => {
    expect((["pending", "online", "stale", "offline"] as const).map(publicPresence)).toEqual([
      ...["unknown", "up", "up", "down"],
    ]);
    expect(publicHealth("unhealthy", false)).toBe("down");
    expect(publicHealth("unhealthy", true)).toBe("maintenance");
    expect(worstPublicState(["up", "maintenance", "degraded", "unknown"])).toBe("degraded");
    expect(worstPublicState([])).toBe("up");
  });
});

describe("bars", () => {
  const now = Date.UTC(2026, 10, 26, 12, 30);

  test("[SP3] what was ever away is never whole, what nobody looked at is nothing, and the last bar is now", () => {
    const today = Date.UTC(2026, 10, 26);
    const bars = uptimeBars("days", new Map([[today, { up: 999_998, degraded: 1, down: 1 }]]), now);
    expect(bars).toHaveLength(90);
    expect(bars[0]).toEqual({ from: oldestBar("days", now), upRatio: null });
    expect(bars.at(-1)).toEqual({ from: today, upRatio: 0.9999 });
    expect(uptimeBars("hours", undefined, now).at(-1)).toEqual({ from: Date.UTC(2026, 10, 26, 12), upRatio: null });
  });

  test("[SP3] a look that told nothing, and one in a maintenance, count as none", () => {
    const before = { up: 1, degraded: 0, down: 0 };
    expect(tallied(before, "unknown")).toBe(before);
    expect(tallied(undefined, "maintenance")).toBeUndefined();
    expect(tallied(before, "degraded")).toEqual({ up: 1, degraded: 1, down: 0 });
    expect(tallied(undefined, "down")).toEqual({ up: 0, degraded: 0, down: 1 });
  });
});
