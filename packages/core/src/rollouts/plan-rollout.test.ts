import { describe, expect, test } from "vitest";
import type { Dependency } from "../services/dependency-order.ts";
import { planRollout, planText } from "./plan-rollout.ts";
import { ROLLOUT_DEFAULTS } from "./rollout.ts";
import type { RolloutTarget, RolloutWish } from "./rollout.ts";

const target = (id: string): RolloutTarget => ({
  ...{ id, serverId: `s-${id}`, server: `server-${id}` },
  service: { driver: "systemd", name: "web.service" },
});
const wish = (change: Partial<RolloutWish>): RolloutWish => ({
  ...ROLLOUT_DEFAULTS,
  ...{ name: "web", action: "service.restart", args: {}, targets: { name: "web.service" } },
  batch: { is: "count", count: 1 },
  ...change,
});
const waves = (ids: string, change: Partial<RolloutWish>, dependencies: readonly Dependency[] = []): string =>
  planRollout(wish(change), ids.split("").map(target), dependencies)
    .waves.map((wave) => (wave.isCanary ? "*" : "") + wave.targets.map(({ id }) => id).join(""))
    .join("|");

describe("waves", () => {
  test.each<[string, string, Partial<RolloutWish>, readonly Dependency[], string]>([
    ["[RO2] by name, in batches", "dcab", { batch: { is: "count", count: 3 } }, [], "abc|d"],
    ["[RO2] a share is rounded down", "abcdefg", { batch: { is: "percent", percent: 30 } }, [], "ab|cd|ef|g"],
    ["[RO2] and is one at least", "abc", { batch: { is: "percent", percent: 1 } }, [], "a|b|c"],
    ["[RO2] canaries go alone", "abcde", { batch: { is: "count", count: 3 }, canary: 1 }, [], "*a|bcd|e"],
    [
      "[RO2] never more canaries than a batch",
      "abcde",
      { batch: { is: "count", count: 2 }, canary: 4 },
      [],
      "*ab|cd|e",
    ],
    [
      "[RO3] what is needed goes first",
      "abc",
      { batch: { is: "count", count: 3 }, order: "graph" },
      [{ from: "a", to: "c" }],
      "bc|a",
    ],
    [
      "[RO3] and is stopped last",
      "abc",
      { batch: { is: "count", count: 3 }, order: "graph", action: "service.stop" },
      [{ from: "a", to: "c" }],
      "a|bc",
    ],
    ["[RO3] only where it is asked for", "ab", { batch: { is: "count", count: 2 } }, [{ from: "a", to: "b" }], "ab"],
  ])("%s", (_, ids, change, dependencies, expected) => {
    expect(waves(ids, change, dependencies)).toBe(expected);
  });

  test("[RO4] a circle is told in the plan, by name", () => {
    const plan = planRollout(wish({ order: "graph" }), ["a", "b"].map(target), [
      { from: "a", to: "b" },
      { from: "b", to: "a" },
    ]);
    expect(plan.notes).toEqual([
      "server-a systemd/web.service, server-b systemd/web.service need each other: none of them is first.",
    ]);
  });

  test("[RO7] what cannot be taken back is said", () => {
    expect(planRollout(wish({ onFailure: "roll-back" }), [target("a")], []).notes[0]).toMatch(
      /Nothing can be rolled back: a restart cannot be taken back/,
    );
  });
});

test("[RO1] the text of a plan says everything and does not hang on the order in which it was put together", () => {
  const plan = planRollout(wish({}), [target("a")], []);
  const shuffled = Object.fromEntries(Object.entries(plan).toReversed()) as unknown as typeof plan;
  expect(planText(shuffled)).toBe(planText(plan));
  expect(JSON.parse(planText(plan))).toEqual(plan);
  expect(planText({ ...plan, pauseMs: 1 })).not.toBe(planText(plan));
  expect(planText(planRollout(wish({}), [target("b")], []))).not.toBe(planText(plan));
});
