import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HealthCheck } from "./definition.ts";
import { customMetrics } from "./custom-metrics.ts";
import { FRESH_TALLY, HEALTH_DETAIL_CHARACTERS_MAX, healthOf, tally } from "./health-tally.ts";
import type { CheckVerdict, Tally } from "./health-tally.ts";

/** Any UTF-16 unit, lone surrogates and controls among them. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

const check = (change: Partial<HealthCheck> = {}): HealthCheck => ({
  name: "front",
  target: { by: "driver" },
  intervalMs: 30_000,
  timeoutMs: 5_000,
  rise: 2,
  fall: 3,
  startPeriodMs: 10_000,
  severity: "unhealthy",
  ...change,
});
const LETTERS: Readonly<Record<string, CheckVerdict>> = { g: "good", b: "bad", u: "unknown" };
/** Tries one after the other, each a second later; what the check stands at after each. */
function standings(of: HealthCheck, tries: string, firstMs = 60_000): readonly string[] {
  let now: Tally = FRESH_TALLY;
  return Array.from(tries).map((letter, index) => {
    const observation = { verdict: LETTERS[letter]!, detail: letter, at: index, durationMs: 1 };
    now = tally(of, now, observation, firstMs + index * 1_000);
    return now.standing;
  });
}

describe("one check", () => {
  test.each([
    ["g", "pending"],
    ["gg", "good"],
    ["gbg", "pending"],
    ["bb", "pending"],
    ["bbb", "bad"],
    ["bbgb", "pending"],
    ["ggbb", "good"],
    ["ggbbb", "bad"],
    ["ggbbgb", "good"],
    ["bbbg", "bad"],
    ["bbbgg", "good"],
    ["bbbgbgb", "bad"],
    ["uu", "pending"],
    ["uuu", "unknown"],
    ["gguu", "good"],
    ["gguuu", "unknown"],
    ["bbub", "pending"],
    ["bbubb", "pending"],
    ["gug", "pending"],
  ])("[HC5] [HC6] after %s is %s, with rise 2 and fall 3", (tries, standing) => {
    expect(standings(check(), tries).at(-1)).toBe(standing);
  });

  test("[HC5] with rise and fall 1 follows each try", () => {
    expect(standings(check({ rise: 1, fall: 1 }), "gbgub")).toEqual(["good", "bad", "good", "unknown", "bad"]);
  });

  test("[HC4] is not bad for what it does within the start period, and good as soon as it is", () => {
    expect(standings(check(), "bbbbbb", 0).at(-1)).toBe("pending");
    expect(standings(check(), "gg", 0).at(-1)).toBe("good");
    // Ten are within the period, the first that counts comes at its end.
    expect(standings(check(), "bbbbbbbbbbbb", 0)).toEqual(Array(12).fill("pending"));
    expect(standings(check(), "bbbbbbbbbbbbb", 0).at(-1)).toBe("bad");
  });

  test("[HC4] bad results within the start period do not break a row of good ones", () => {
    expect(standings(check(), "gbg", 0).at(-1)).toBe("good");
  });

  test("[HC5] never changes but after a whole row of the same, in any order of tries", () => {
    const bounds = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("g", "b", "u"), maxLength: 60 }),
        bounds,
        bounds,
        (tries, rise, fall) => {
          const seen = standings(check({ rise, fall }), tries);
          for (const [index, standing] of seen.entries()) {
            if (standing === (seen[index - 1] ?? "pending")) continue;
            const needed = standing === "good" ? rise : fall;
            const row = tries.slice(index + 1 - needed, index + 1);
            expect(row).toBe((standing[0] ?? "").repeat(needed));
          }
        },
      ),
    );
  });
});

describe("a service", () => {
  const at = (standing: Tally["standing"], change: Partial<HealthCheck> = {}) => ({
    check: check(change),
    tally: {
      standing,
      streak: standing === "pending" ? null : { verdict: standing, count: 3 },
      last: standing === "pending" ? null : { verdict: standing, detail: `is ${standing}`, at: 0, durationMs: 1 },
    },
  });
  const degrading = { name: "slow", severity: "degraded" } as const;

  test.each([
    ["no check", [], "unknown", ""],
    ["all good", [at("good"), at("good", degrading)], "healthy", ""],
    ["one not tried", [at("good"), at("pending", degrading)], "unknown", "slow: not tried yet"],
    ["one that cannot be tried", [at("good"), at("unknown")], "unknown", "front: is unknown (3 in a row)"],
    ["a bad one that degrades", [at("good"), at("bad", degrading)], "degraded", "slow: is bad (3 in a row)"],
    ["a bad one that matters", [at("bad"), at("good", degrading)], "unhealthy", "front: is bad (3 in a row)"],
    [
      "bad ones of both kinds",
      [at("bad", degrading), at("bad")],
      "unhealthy",
      "slow: is bad (3 in a row); front: is bad (3 in a row)",
    ],
    ["a bad one beside one not tried", [at("pending"), at("bad", degrading)], "degraded", "slow: is bad (3 in a row)"],
  ] as const)("[HC7] with %s", (_what, checks, health, detail) => {
    expect(healthOf(checks)).toEqual({ health, detail });
  });

  test("[HC7] says no more than its bound, however many checks are bad", () => {
    const many = Array.from({ length: 200 }, (_, index) => at("bad", { name: `check-${index}` }));
    expect(healthOf(many).detail).toHaveLength(HEALTH_DETAIL_CHARACTERS_MAX);
  });
});

describe("numbers that a check prints", () => {
  test("[HC9] are lines of a name and a number, and nothing else", () => {
    const output =
      "users=12\nshare=0.25\n  load=1e3 \njobs_total=7\nusers=13\nName=1\nx = 1\n=1\na=\na=1 2\na=NaN\na=Infinity\na=0x10\na=1e999\n1a=1\na-b=1\nconstructor=1";
    expect([...customMetrics(output)]).toEqual([
      ["custom_users", 13],
      ["custom_share", 0.25],
      ["custom_load", 1000],
      ["custom_jobs_total", 7],
      ["custom_constructor", 1],
    ]);
  });

  test("[HC9] [DS-03] are bounded, and any text at all is read in time", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => `m${index}=1`).join("\n");
    expect(customMetrics(many).size).toBe(32);
    for (const text of [
      "1".repeat(100_000),
      `a=${"1".repeat(100_000)}x`,
      `a=${"0.".repeat(50_000)}`,
      "=".repeat(100_000),
    ])
      expect(customMetrics(text).size).toBeLessThanOrEqual(1);
    fc.assert(fc.property(fc.string({ unit: anyUnit }), (text) => customMetrics(text).size <= 32));
  });
});
