import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MINUTE_MS, SECOND_MS } from "../time.ts";
import { judgeNetwork, LOST_ALONE_MIN, networkText } from "./hub-network.ts";
import type { HeardServer, NetworkLook, NetworkVerdict } from "./hub-network.ts";

const INTERVAL_MS = 10 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A server that reports at its pace until it is cut off (if it is), as it is seen at one instant. */
const seen = (phaseMs: number, cutMs: number, nowMs: number, intervalMs = INTERVAL_MS): HeardServer => {
  const heardUntilMs = Math.min(cutMs, nowMs);
  const heardMs = phaseMs + Math.floor((heardUntilMs - phaseMs) / intervalMs) * intervalMs;
  return { heardMs, intervalMs, isLost: nowMs - heardMs >= 3 * intervalMs };
};

const QUIET = { reachedMs: Number.NEGATIVE_INFINITY, unreachedMs: Number.NEGATIVE_INFINITY, route: "unknown" } as const;
const judged = (look: Partial<NetworkLook>, nowMs: number): NetworkVerdict["is"] =>
  judgeNetwork({ ...QUIET, servers: [], ...look }, nowMs).is;

const phases = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: INTERVAL_MS - 1 }), { minLength: min, maxLength: max });

describe("the hub's network", () => {
  test("[AL35] in any fleet of five or more, all lost by one cut is the hub's network from the time on when all are missed, until one in ten is heard again", () => {
    fc.assert(
      fc.property(phases(LOST_ALONE_MIN, 40), fc.integer({ min: 0, max: HOUR_MS }), (fleet, afterMs) => {
        const cutMs = HOUR_MS;
        const nowMs = cutMs + 4 * INTERVAL_MS + afterMs;
        const all = fleet.map((phaseMs) => seen(phaseMs, cutMs, nowMs));
        expect(judged({ servers: all }, nowMs)).toBe("down");
        // Its own answers from outside after the cut, and it is not the hub's.
        expect(judged({ servers: all, reachedMs: cutMs + INTERVAL_MS }, nowMs)).toBe("up");
        const back = Math.floor(fleet.length / 10) + 1;
        const some = all.map((one, index) =>
          index < back ? seen(fleet[index]!, Number.POSITIVE_INFINITY, nowMs) : one,
        );
        expect(judged({ servers: some }, nowMs)).toBe("up");
      }),
    );
  });

  test("[AL35] as many servers as there may be are judged", () => {
    const nowMs = HOUR_MS + MINUTE_MS;
    const servers = Array.from({ length: 200_000 }, () => seen(0, HOUR_MS, nowMs));
    expect(judged({ servers }, nowMs)).toBe("down");
  });

  test("[AL35] one to three servers that are lost are never the hub's network while nothing of the hub's own fails, whatever else was lost before", () => {
    fc.assert(
      fc.property(
        phases(1, 3),
        fc.array(fc.tuple(fc.integer({ min: 0, max: INTERVAL_MS - 1 }), fc.integer({ min: 0, max: 50 * MINUTE_MS }))),
        fc.constantFrom("there", "unknown"),
        fc.option(fc.integer({ min: 0, max: 2 * HOUR_MS })),
        (lost, before, route, reached) => {
          const nowMs = HOUR_MS + 10 * MINUTE_MS;
          const servers = [
            ...lost.map((phaseMs) => seen(phaseMs, HOUR_MS, nowMs)),
            ...before.map(([phaseMs, cutMs]) => seen(phaseMs, cutMs, nowMs)),
          ];
          const reachedMs = reached ?? Number.NEGATIVE_INFINITY;
          expect(judged({ servers, route, reachedMs }, nowMs)).toBe("up");
        },
      ),
    );
  });

  test("[AL35] however few are lost: it is the hub's where its own requests fail too, or its route is gone, and nobody was heard since", () => {
    fc.assert(
      fc.property(phases(1, 20), fc.integer({ min: 0, max: 20 * MINUTE_MS }), (fleet, afterMs) => {
        const cutMs = HOUR_MS;
        const nowMs = cutMs + 4 * INTERVAL_MS + afterMs;
        const servers = fleet.map((phaseMs) => seen(phaseMs, cutMs, nowMs));
        const unreachedMs = cutMs + SECOND_MS;
        expect(judged({ servers, unreachedMs, reachedMs: cutMs - SECOND_MS }, nowMs)).toBe("down");
        expect(judged({ servers, route: "missing" }, nowMs)).toBe("down");
        // A failure before the cut says nothing, and a success after a failure ends it.
        const early = Math.min(...servers.map(({ heardMs }) => heardMs)) - 1;
        if (fleet.length < LOST_ALONE_MIN) expect(judged({ servers, unreachedMs: early }, nowMs)).not.toBe("down");
        expect(judged({ servers, unreachedMs, reachedMs: nowMs }, nowMs)).toBe("up");
        const heard = seen(fleet[0]!, Number.POSITIVE_INFINITY, nowMs);
        expect(judged({ servers: [...servers.slice(0, 8), heard], unreachedMs, route: "missing" }, nowMs)).toBe("up");
      }),
    );
  });

  test("[AL35] servers that are lost one after the other are never the hub's network by their number", () => {
    fc.assert(
      fc.property(phases(LOST_ALONE_MIN, 30), fc.integer({ min: 30, max: 600 }), (fleet, apartS) => {
        const nowMs = HOUR_MS + fleet.length * apartS * SECOND_MS;
        const servers = fleet.map((phaseMs, index) => seen(phaseMs, HOUR_MS + index * apartS * SECOND_MS, nowMs));
        expect(judged({ servers }, nowMs)).toBe("up");
      }),
    );
  });

  test("[AL35] fast servers that are lost while slow ones are not due yet are waited for, and not judged by their number", () => {
    const nowMs = HOUR_MS + 4 * INTERVAL_MS;
    const fast = Array.from({ length: 6 }, (_, phase) => seen(phase * 1_000, HOUR_MS, nowMs));
    const slow = Array.from({ length: 20 }, (_, phase) => seen(phase * 1_000, HOUR_MS, nowMs, 10 * MINUTE_MS));
    expect(judged({ servers: [...fast, ...slow] }, nowMs)).toBe("up");
    expect(judged({ servers: [...fast, ...slow], reachedMs: HOUR_MS - SECOND_MS }, nowMs)).toBe("suspected");
  });

  test("[AL35] who looks out is given 90 seconds to see, who does not is told at once", () => {
    const servers = (nowMs: number) => [seen(0, HOUR_MS, nowMs)];
    const at = HOUR_MS + 70 * SECOND_MS;
    expect(judged({ servers: servers(at) }, at)).toBe("up");
    expect(judged({ servers: servers(at), reachedMs: HOUR_MS - MINUTE_MS }, at)).toBe("suspected");
    const late = HOUR_MS + 101 * SECOND_MS;
    expect(judged({ servers: servers(late), reachedMs: HOUR_MS - MINUTE_MS }, late)).toBe("up");
  });

  test("[AL35] a hub without servers loses its network with its route alone; each verdict has its words", () => {
    expect(judged({ unreachedMs: 5 }, 10)).toBe("up");
    expect(judged({ route: "missing" }, 10)).toBe("down");
    expect(networkText({ is: "down", by: "route", lost: 0, of: 0 })).toBe(
      "The hub's network is down: its machine has no default route",
    );
    expect(networkText({ is: "down", by: "reach", lost: 1, of: 1 })).toBe(
      "The hub's network is down: 1 of 1 server went silent at once, and the hub reaches nobody else either",
    );
    expect(networkText({ is: "down", by: "number", lost: 19, of: 20 })).toContain("19 of 20 servers");
  });
});
