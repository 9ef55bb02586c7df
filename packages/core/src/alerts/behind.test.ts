import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { heldBehind, incidentBehind, isHeldPlace, RELEASE_MS, wayRound } from "./behind.ts";
import type { Dependencies, Place } from "./behind.ts";
import { openIncident } from "./incident.ts";
import { NO_SUBJECT, subjectKey } from "./subject.ts";
import type { Subject } from "./subject.ts";

const server = (id: string): Place => ({ is: "server", id });
const keyOf = ({ is, id }: Place): string => `${is} ${id}`;

/** Edges and what is down, by keys such as `server a`. */
function worldOf(edges: Readonly<Record<string, readonly Place[]>>, down: readonly string[]): Dependencies {
  return { parentsOf: (place) => edges[keyOf(place)] ?? [], isDown: (place) => down.includes(keyOf(place)) };
}

/** Up to nine places, each with parents among them, in circles too; some are down. */
const anyWorld = fc
  .record({
    edges: fc.array(fc.tuple(fc.nat(8), fc.nat(8)), { maxLength: 20 }),
    down: fc.uniqueArray(fc.nat(8)),
  })
  .map(({ edges, down }) => {
    const place = (number: number): Place => ({ is: number % 3 === 0 ? "probe" : "server", id: `p${number}` });
    const places = Array.from({ length: 9 }, (_, number) => place(number));
    const parents = Map.groupBy(edges, ([child]) => keyOf(place(child)));
    const dependencies: Dependencies = {
      parentsOf: (of) => (parents.get(keyOf(of)) ?? []).map(([, parent]) => place(parent)),
      isDown: (of) => down.some((number) => keyOf(place(number)) === keyOf(of)),
    };
    return { places, dependencies };
  });

/** Everything that can be reached upwards, by plain recursion. */
function reached(from: Place, { parentsOf }: Dependencies, seen = new Set<string>()): ReadonlySet<string> {
  for (const parent of parentsOf(from))
    if (!seen.has(keyOf(parent))) {
      seen.add(keyOf(parent));
      reached(parent, { parentsOf, isDown: () => false }, seen);
    }
  return seen;
}

describe("what stands behind what", () => {
  test("[AL34] in any world a place is held if and only if something above it, and not beside it in a circle, is down, and what holds is told itself", () => {
    fc.assert(
      fc.property(anyWorld, ({ places, dependencies }) => {
        for (const place of places) {
          const above = places.filter(
            (other) =>
              reached(place, dependencies).has(keyOf(other)) && !reached(other, dependencies).has(keyOf(place)),
          );
          const holder = heldBehind(place, dependencies);
          expect(holder !== undefined).toBe(above.some(dependencies.isDown));
          if (holder === undefined) continue;
          expect(above.map(keyOf)).toContain(keyOf(holder));
          expect(dependencies.isDown(holder)).toBe(true);
          expect(heldBehind(holder, dependencies)).toBeUndefined();
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("[AL34] whatever is down, something that is down is told, however places depend on each other", () => {
    fc.assert(
      fc.property(anyWorld, ({ places, dependencies }) => {
        const down = places.filter(dependencies.isDown);
        if (down.length > 0) expect(down.some((place) => heldBehind(place, dependencies) === undefined)).toBe(true);
      }),
    );
  });

  test("[AL34] a way round is found exactly where the new parents lead back, and each of its steps is one that is there", () => {
    fc.assert(
      fc.property(anyWorld, fc.nat(8), fc.nat(8), ({ places, dependencies }, from, to) => {
        const [place, parent] = [places[from]!, places[to]!];
        const way = wayRound(place, [parent], dependencies);
        const isRound = from === to || reached(parent, dependencies).has(keyOf(place));
        expect(way !== undefined).toBe(isRound);
        if (way === undefined) return;
        expect([keyOf(way[0]!), keyOf(way[1]!), keyOf(way.at(-1)!)]).toEqual([place, parent, place].map(keyOf));
        way.slice(1, -1).forEach((one, index) => {
          expect(dependencies.parentsOf(one).map(keyOf)).toContain(keyOf(way[index + 2]!));
        });
      }),
    );
  });

  test("[AL34] what was held has two minutes to come back, each time anew", () => {
    const held = new Map<string, number>();
    const [up, down] = [[], ["server gw"]].map((list) => worldOf({ "server web": [server("gw")] }, list)) as [
      Dependencies,
      Dependencies,
    ];
    const isHeld = (world: Dependencies, nowMs: number): boolean => isHeldPlace(server("web"), world, held, nowMs);
    expect(isHeld(up, 0)).toBe(false);
    expect(isHeld(down, 1_000)).toBe(true);
    expect(isHeld(up, RELEASE_MS)).toBe(true);
    expect(isHeld(down, RELEASE_MS + 500)).toBe(true);
    expect(isHeld(up, 2 * RELEASE_MS + 499)).toBe(true);
    expect(isHeld(up, 2 * RELEASE_MS + 500)).toBe(false);
    expect(isHeld(up, 2 * RELEASE_MS + 501)).toBe(false);
  });
});

describe("an incident", () => {
  const incidentOf = (...subjects: readonly Partial<Subject>[]) =>
    openIncident(
      "i",
      { id: "r", name: "rule" },
      subjects.map((given) => {
        const subject = { ...NO_SUBJECT, ...given };
        return {
          ...{ key: subjectKey(subject), subject, title: "", severity: "error", value: null, since: 0 },
          clearedAt: null,
        };
      }),
      0,
    ).incident;
  const world = worldOf({ "server web": [server("gw")], "probe site": [server("web")] }, ["server gw", "server web"]);

  test("[AL34] is held behind the cause where all that is wrong in it stands behind something that is down", () => {
    const service = { driver: "systemd", name: "nginx" } as const;
    expect(incidentBehind(incidentOf({ serverId: "web" }), world)?.id).toBe("gw");
    expect(incidentBehind(incidentOf({ serverId: "web", service }), world)?.id).toBe("gw");
    expect(incidentBehind(incidentOf({ probeId: "site", serverId: "web" }), world)?.id).toBe("gw");
    expect(incidentBehind(incidentOf({ serverId: "web" }, { serverId: "gw", metric: "load1" }), world)?.id).toBe("gw");
    const alone = worldOf({}, ["server web"]);
    expect(incidentBehind(incidentOf({ serverId: "web", service }), alone)?.id).toBe("web");
  });

  test("[AL34] is not held where something in it is the cause, is of another place, or is Muster's own trouble", () => {
    expect(incidentBehind(incidentOf({ serverId: "gw" }), world)).toBeUndefined();
    expect(incidentBehind(incidentOf({ serverId: "web" }, { serverId: "other" }), world)).toBeUndefined();
    expect(incidentBehind(incidentOf({ serverId: "web", trouble: "clock" }), world)).toBeUndefined();
    expect(incidentBehind(incidentOf({ trouble: "storage" }), world)).toBeUndefined();
  });
});
