import type { Clock, PullKindName, PullReading } from "@muster/core";
import { Egress } from "@muster/node-kit";
import type { EgressDeps } from "@muster/node-kit";
import { FastClock } from "@muster/testkit";
import type { StandInServer } from "@muster/testkit";
import { expect, test } from "vitest";
import { BoxTurns } from "../src/links/pull/box-turns.ts";
import { createPullAdapter, detectKind } from "../src/links/pull/catalog.ts";
import type { PullAdapter, PullConfig, PullDeps } from "../src/links/pull/pull-adapter.ts";

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

export interface PulledStandIn<S extends StandInServer> extends AsyncDisposable {
  readonly server: S;
  /** A new one, which remembers nothing. */
  adapter(config?: Partial<PullConfig>): PullAdapter;
  /** One look of a new adapter. */
  read(config?: Partial<PullConfig>): Promise<PullReading>;
  detect(secret?: string): ReturnType<typeof detectKind>;
  /** Resolves when so much has passed on the clock of both. */
  passes(ms: number): Promise<void>;
}

/** A stand-in that listens, and what reads it as the hub does. */
export async function pulled<S extends StandInServer>(
  kind: PullKindName,
  StandIn: new (clock: Clock) => S,
): Promise<PulledStandIn<S>> {
  const deps = pullDeps();
  const server = new StandIn(deps.clock);
  await server.start();
  const adapter: PulledStandIn<S>["adapter"] = (config) =>
    createPullAdapter(kind, pullConfig(server.url, config), deps);
  return {
    ...{ server, adapter },
    read: (config) => adapter(config).read(patience()),
    detect: (secret) => detectKind(server.url, secret, deps, patience()),
    passes: (ms) => new Promise((resolve) => void deps.clock.after(ms, resolve)),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** What is only looked at refuses whatever is asked of it. */
export const expectLookedAtOnly = async ({ driver }: PullAdapter, name: string): Promise<void> =>
  expect(await driver!.act({ verb: "restart", name } as never, patience())).toMatchObject({ outcome: "refused" });

/** Registers a test for each fault that a server of any kind can have. */
export function testFaults(kind: PullKindName, StandIn: new (clock: Clock) => StandInServer): void {
  test.each([
    ["html", "understand"],
    ["cut", "understand"],
    ["redirect", "answer"],
    ["server-error", "answer"],
    ["huge", "answer"],
    ["drop", "reach"],
    ["hang", "reach"],
  ] as const)("[PL5] %s is a failure that says where it ended", async (fault, step) => {
    await using at = await pulled(kind, StandIn);
    at.server.fault = fault;
    // The clock is fast, and eight megabytes take real time.
    await expect(at.read({ timeoutMs: 60_000 })).rejects.toMatchObject({ step });
  });
}
