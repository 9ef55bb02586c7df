import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Health } from "../services/service.ts";
import { freshStanding, tallyProbe } from "./tally-probe.ts";

const LIMITS = { rise: 1, fall: 3 };
const after = (results: readonly Health[], limits = LIMITS, from: Health = "unknown") =>
  results.reduce((standing, result, at) => tallyProbe(standing, result, at + 1, limits), {
    ...freshStanding(0),
    health: from,
  });

describe("what a probe is held to be", () => {
  test.each<[string, Health, readonly Health[], Health]>([
    ["[PB4] one healthy result is enough at first", "unknown", ["healthy"], "healthy"],
    ["[PB4] bad ones must come in a row, also at first", "unknown", ["unhealthy", "unhealthy"], "unknown"],
    ["[PB4] three bad ones at first", "unknown", ["unhealthy", "unhealthy", "unhealthy"], "unhealthy"],
    ["[PB3] two bad ones are forgiven", "healthy", ["unhealthy", "unhealthy", "healthy"], "healthy"],
    ["[PB3] three are not", "healthy", ["unhealthy", "unhealthy", "unhealthy"], "unhealthy"],
    ["[PB3] as bad as the mildest of them", "healthy", ["unhealthy", "degraded", "unhealthy"], "degraded"],
    ["[PB3] from there it gets worse as often", "degraded", ["unhealthy", "unhealthy", "unhealthy"], "unhealthy"],
    ["[PB3] one better result makes it better", "unhealthy", ["degraded"], "degraded"],
    ["[PB3] and one healthy one healthy", "unhealthy", ["healthy"], "healthy"],
    ["[PB4] a run that could not look is no bad one", "healthy", ["unhealthy", "unknown", "unhealthy"], "healthy"],
    ["[PB4] three that could not look make it unknown", "healthy", ["unknown", "unknown", "unknown"], "unknown"],
  ])("%s", (_title, from, results, expected) => {
    expect(after(results, LIMITS, from).health).toBe(expected);
  });

  test("[PB3] two better ones are needed where so many are asked for: as good as the worst of them", () => {
    const limits = { rise: 2, fall: 1 };
    expect(after(["degraded"], limits, "unhealthy").health).toBe("unhealthy");
    expect(after(["healthy", "degraded"], limits, "unhealthy").health).toBe("degraded");
  });

  test("[PB3] in any world: never worse without enough bad results, never better without enough good ones", () => {
    const aHealth = fc.constantFrom<Health>("healthy", "degraded", "unhealthy", "unknown");
    const aLimit = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(fc.array(aHealth, { maxLength: 40 }), aLimit, aLimit, (results, rise, fall) => {
        let standing = freshStanding(0);
        results.forEach((result, at) => {
          const before = standing;
          standing = tallyProbe(before, result, at + 1, { rise, fall });
          if (standing.health === before.health) return expect(standing.since).toBe(before.since);
          expect(standing.since).toBe(at + 1);
          const streak = results.slice(0, at + 1);
          const count =
            standing.health === "healthy" || (before.health === "unhealthy" && standing.health === "degraded")
              ? rise
              : fall;
          expect(streak.length).toBeGreaterThanOrEqual(count);
          if (standing.health === "healthy") expect(streak.slice(-count).every((one) => one === "healthy")).toBe(true);
          if (standing.health === "unhealthy")
            expect(streak.slice(-count).every((one) => one === "unhealthy")).toBe(true);
        });
      }),
    );
  });
});
