import { expect, test } from "vitest";
import { BETWEEN, UNKNOWN, WELL } from "./badness.ts";
import { isFiring, stepWatch, watchEffect, WELL_WATCH } from "./watch.ts";
import type { Watch, WatchEffect } from "./watch.ts";

const [WARNING, ERROR] = [1, 2];

/** Looks once a second; what came of each look, by the second. */
function run(looks: readonly number[], forMs: number, clearForMs: number): readonly string[] {
  let watch: Watch = WELL_WATCH;
  const effects: string[] = [];
  looks.forEach((badness, second) => {
    const after = stepWatch(watch, badness, { forMs, clearForMs }, second * 1_000);
    const effect = watchEffect(watch, after);
    if (effect !== undefined) effects.push(`${second} ${effect}${isFiring(after) ? ` ${after.rank}` : ""}`);
    watch = after;
  });
  return effects;
}

const times = (count: number, badness: number): readonly number[] => Array.from({ length: count }, () => badness);

test.each<[string, readonly number[], number, number, readonly string[]]>([
  ["at once without a time", [WELL, WARNING], 0, 0, ["1 fired 1"]],
  ["after its time", times(5, WARNING), 3_000, 0, ["3 fired 1"]],
  ["not after a break", [WARNING, WARNING, WELL, WARNING, WARNING], 3_000, 0, []],
  ["a break is also what is between", [WARNING, WARNING, BETWEEN, WARNING, WARNING], 3_000, 0, []],
  ["what is not known is no break", [WARNING, UNKNOWN, UNKNOWN, WARNING], 3_000, 0, ["3 fired 1"]],
  ["as bad as the mildest of the streak", [ERROR, ERROR, WARNING, ERROR], 3_000, 0, ["3 fired 1"]],
  ["worse after its time", [...times(2, WARNING), ...times(3, ERROR)], 1_000, 0, ["1 fired 1", "3 raised 2"]],
  ["worse too shortly", [...times(2, WARNING), ERROR, WARNING, ERROR, WARNING], 1_000, 0, ["1 fired 1"]],
  ["milder is not told", [ERROR, WARNING, WARNING], 0, 0, ["0 fired 2"]],
  ["ends after its time", [WARNING, ...times(5, WELL)], 0, 3_000, ["0 fired 1", "4 cleared"]],
  ["does not end while it is between", [WARNING, ...times(5, BETWEEN)], 0, 0, ["0 fired 1"]],
  [
    "between begins the time anew",
    [WARNING, WELL, WELL, BETWEEN, WELL, WELL, WELL],
    0,
    2_000,
    ["0 fired 1", "6 cleared"],
  ],
  ["stays as it is while nothing is known", [WARNING, ...times(9, UNKNOWN)], 0, 0, ["0 fired 1"]],
])("[AL4] [AL6] [AL7] %s", (_name, looks, forMs, clearForMs, expected) => {
  expect(run(looks, forMs, clearForMs)).toEqual(expected);
});

/** xorshift32, so that a failure can be run again by its seed. */
function random(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

test("[AL4] [AL5] [AL7] in any world: nothing fires that was not bad for its time, nothing ends that was not well for its", () => {
  for (let seed = 1; seed <= 2_000; seed++) {
    const next = random(seed);
    const [forMs, clearForMs] = [Math.floor(next() * 4) * 1_000, Math.floor(next() * 4) * 1_000];
    const looks = Array.from(
      { length: 60 },
      () => [WELL, WELL, BETWEEN, UNKNOWN, WARNING, WARNING, ERROR][Math.floor(next() * 7)]!,
    );
    let watch: Watch = WELL_WATCH;
    let before: WatchEffect | undefined;
    looks.forEach((badness, second) => {
      const after = stepWatch(watch, badness, { forMs, clearForMs }, second * 1_000);
      const effect = watchEffect(watch, after);
      const why = `seed ${seed}, second ${second}`;
      /** The last looks that said anything, back over a time. */
      const said = (ms: number): readonly number[] =>
        looks.slice(0, second + 1).filter((one, index) => one !== UNKNOWN && second - index <= ms / 1_000);
      if (effect === "fired") {
        expect(
          said(forMs).every((one) => one >= 0),
          why,
        ).toBe(true);
        expect(before === undefined || before === "cleared", why).toBe(true);
      }
      if (effect === "cleared") {
        expect(
          said(clearForMs).every((one) => one === WELL),
          why,
        ).toBe(true);
        expect(before === "fired" || before === "raised", why).toBe(true);
      }
      if (effect === "raised") expect(isFiring(after) && isFiring(watch) && after.rank > watch.rank, why).toBe(true);
      // No outage that is longer than its time is missed.
      const streak = looks
        .slice(0, second + 1)
        .reverse()
        .findIndex((one) => one < 0 && one !== UNKNOWN);
      const badForMs = ((streak < 0 ? second + 1 : streak) - 1) * 1_000;
      if (badness >= 0 && badForMs >= forMs && looks[second - Math.floor(badForMs / 1_000)]! >= 0)
        expect(isFiring(after), why).toBe(true);
      if (effect !== undefined) before = effect;
      watch = after;
    });
  }
});
