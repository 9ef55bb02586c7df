import { seededRandom } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { neededBy, orderByDependency } from "./dependency-order.ts";
import type { Dependency } from "./dependency-order.ts";

const edges = (...pairs: readonly string[]): Dependency[] => pairs.map((pair) => ({ from: pair[0]!, to: pair[1]! }));

describe("the order of dependencies", () => {
  test.each<[string, string, readonly Dependency[], string, string]>([
    ["[RO3] nothing needs anything: one layer, as given", "cab", [], "cab", ""],
    ["[RO3] a chain", "abc", edges("ab", "bc"), "c|b|a", ""],
    ["[RO3] a diamond", "abcd", edges("ab", "ac", "bd", "cd"), "d|bc|a", ""],
    ["[RO3] through one that is not ordered", "ab", edges("ax", "xb"), "b|a", ""],
    ["[RO3] what needs only what is not ordered is first", "ab", edges("ax"), "ab", ""],
    ["[RO4] a circle shares a layer, and is told", "abcd", edges("ab", "ba", "ca", "ad"), "d|ab|c", "ab"],
    ["[RO4] a circle through one that is not ordered", "abc", edges("ax", "xb", "ba"), "abc", "abx"],
    ["[RO4] what needs itself is no circle", "a", edges("aa"), "a", ""],
  ])("%s", (_, ids, dependencies, layers, circle) => {
    const order = orderByDependency(ids.split(""), dependencies);
    expect(order.layers.map((layer) => layer.join("")).join("|")).toBe(layers);
    expect(order.circles.map((members) => members.join("")).join("|")).toBe(circle);
  });

  test("[RO22] what one needs, also through others, and nothing of a circle with it", () => {
    expect(neededBy("a", edges("ab", "bc", "ca", "cd", "de", "xa"))).toEqual(["d", "e"]);
    expect(neededBy("x", edges("ab", "xa"))).toEqual(["a", "b"]);
    expect(neededBy("b", edges("ab"))).toEqual([]);
  });

  test("[RO3] random graphs: each once, and after all that it needs but for those in a circle with it", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const pick = (most: number): number => Math.floor(random() * most);
      const all = Array.from({ length: 2 + pick(12) }, (_, index) => `n${index}`);
      const ids = all.filter(() => random() < 0.7);
      const dependencies = Array.from({ length: pick(20) }, () => ({
        from: all[pick(all.length)]!,
        to: all[pick(all.length)]!,
      }));
      const { layers, circles } = orderByDependency(ids, dependencies);
      expect(layers.flat().toSorted(), `seed ${seed}`).toEqual(ids.toSorted());
      const reaches = (from: string, to: string): boolean => {
        const seen = new Set<string>();
        const next = [from];
        for (let id = next.pop(); id !== undefined; id = next.pop())
          for (const edge of dependencies)
            if (edge.from === id && !seen.has(edge.to)) {
              seen.add(edge.to);
              next.push(edge.to);
            }
        return seen.has(to);
      };
      const layerOf = new Map(layers.flatMap((layer, index) => layer.map((id) => [id, index] as const)));
      for (const from of ids)
        for (const to of ids) {
          if (from === to || !reaches(from, to)) continue;
          const why = `seed ${seed}: ${from} needs ${to}`;
          if (reaches(to, from)) {
            expect(layerOf.get(from), why).toBe(layerOf.get(to));
            expect(
              circles.some((circle) => circle.includes(from) && circle.includes(to)),
              why,
            ).toBe(true);
          } else expect(layerOf.get(from)!, why).toBeGreaterThan(layerOf.get(to)!);
        }
    }
  });

  test("[RO3] a chain longer than the stack of the engine", () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
    const { layers } = orderByDependency(
      ids,
      ids.slice(1).map((to, index) => ({ from: ids[index]!, to })),
    );
    expect(layers).toHaveLength(ids.length);
    expect(layers[0]).toEqual(["n19999"]);
  });
});
