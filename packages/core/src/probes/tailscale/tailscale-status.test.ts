import { TAILSCALE_STATUS } from "@muster/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PullTextError } from "../../pull/pull-text.ts";
import { boundedResult } from "../probe-result.ts";
import { ProbeVerdict } from "../probe-verdict.ts";
import { judgeTailscale, parseTailscaleStatus } from "./tailscale-status.ts";
import type { TailscaleRules } from "./tailscale-status.ts";

const NOW = Date.parse("2026-11-26T00:00:00Z");
const RULES: TailscaleRules = { peersMustBeOnline: [], mustBeDirect: false, warnDays: 14, failDays: 3 };

function judged(status: object, rules: Partial<TailscaleRules> = {}) {
  const verdict = new ProbeVerdict();
  const seen = judgeTailscale(verdict, parseTailscaleStatus(JSON.stringify(status)), { ...RULES, ...rules }, NOW);
  return boundedResult(verdict.result(1, seen));
}

test("peers are direct, relayed, idle or offline", () => {
  const { peers, network, self } = parseTailscaleStatus(JSON.stringify(TAILSCALE_STATUS));
  expect(peers.map(({ name, path }) => `${name} ${path}`)).toEqual([
    "direct direct",
    "relayed relayed",
    "idle idle",
    "away offline",
  ]);
  expect([network, self?.address, peers[0]?.lastSeen]).toEqual(["example.com", "100.64.0.1", null]);
  const result = judged(TAILSCALE_STATUS);
  expect(result).toMatchObject({ health: "healthy", detail: "3 of 4 peers online, version 1.84.0-t1" });
  expect(result.report.tables[0]?.rows[0]?.slice(0, 3)).toEqual(["relayed", "relayed", "fra"]);
});

test("what is not as wished is told", () => {
  expect(judged({ ...TAILSCALE_STATUS, BackendState: "NeedsLogin" })).toMatchObject({ health: "unhealthy" });
  expect(judged({ ...TAILSCALE_STATUS, BackendState: "Starting" }).detail).toBe("Tailscale is starting");
  expect(judged({ ...TAILSCALE_STATUS, Health: ["no DERP home"] })).toMatchObject({
    ...{ health: "degraded", detail: "no DERP home" },
  });
  expect(judged(TAILSCALE_STATUS, { peersMustBeOnline: ["Direct", "away", "nobody"] })).toMatchObject({
    health: "unhealthy",
    detail: "away is offline, there is no peer nobody",
  });
  expect(judged(TAILSCALE_STATUS, { mustBeDirect: true }).detail).toBe(
    "relayed is reached by the relay fra instead of directly",
  );
});

test("a key that ends soon is told, of this machine and of peers that are online", () => {
  const ending = { ...TAILSCALE_STATUS, Self: { ...TAILSCALE_STATUS.Self, KeyExpiry: "2026-11-28T00:00:00Z" } };
  expect(judged(ending)).toMatchObject({ health: "unhealthy", detail: "the key of this machine ends in 2 days" });
  expect(judged(ending, { failDays: 1 }).health).toBe("degraded");
  expect(judged(ending, { warnDays: 0, failDays: 0 }).health).toBe("healthy");
  const peer = { ...TAILSCALE_STATUS.Peer["nodekey:1"], KeyExpiry: "2026-12-01T00:00:00Z" };
  expect(judged({ ...TAILSCALE_STATUS, Peer: { a: peer } }).detail).toBe("the key of direct ends in 5 days");
});

test("whatever the text, a status or a sentence", () => {
  const real = JSON.stringify(TAILSCALE_STATUS);
  const replaced = fc.tuple(fc.nat(90), fc.jsonValue({ maxDepth: 2 })).map(([place, value]) => {
    let count = 0;
    return JSON.stringify(JSON.parse(real, (_, old: unknown) => (count++ === place ? value : old)));
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), replaced), (text) => {
      try {
        const verdict = new ProbeVerdict();
        judgeTailscale(verdict, parseTailscaleStatus(text), RULES, NOW);
      } catch (error) {
        if (!(error instanceof PullTextError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
