import { Egress } from "@muster/node-kit";
import type { EgressDeps } from "@muster/node-kit";
import { FastClock } from "@muster/testkit";
import { BoxTurns } from "../src/links/pull/box-turns.ts";
import type { PullConfig, PullDeps } from "../src/links/pull/pull-adapter.ts";

/** So much faster than real time is what waits for half a minute. */
export const FACTOR = 25;

export function pullDeps(egress: Partial<EgressDeps> = {}, factor = FACTOR): PullDeps & { readonly clock: FastClock } {
  const clock = new FastClock(factor);
  // Two hundred attempts in such a minute are as many as in a real second of a quick test.
  return { clock, egress: new Egress({ clock, attemptsPerMinuteMax: 10_000, ...egress }), turns: new BoxTurns() };
}

export const pullConfig = (url: string, config: Partial<PullConfig> = {}): PullConfig => ({
  ...{ url, timeoutMs: 5_000, allow: [], channelNames: {} },
  ...config,
});

/** For what must not take longer than a test may. */
export const patience = (): AbortSignal => AbortSignal.timeout(15_000);
