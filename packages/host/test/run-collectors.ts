import { join } from "node:path";
import { type Clock, labelsText, silentLogger } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { COLLECTOR_KINDS, type CollectorConfig, type Host, Readings } from "../src/index.ts";
import { FixtureHost } from "./fixture-host.ts";

export const FIXTURES = join(import.meta.dirname, "../../../fixtures/hosts");
export const KINDS = [
  "debian-vm",
  "debian-nspawn",
  "lxc-lxcfs",
  "docker-cgroup1",
  "docker-cgroup2",
  "raspberry-pi",
  "big-server",
] as const;

export const AUTO: CollectorConfig = { mounts: "auto", hostRoot: "/" };
export const never = new AbortController().signal;

export const fixture = (kind: (typeof KINDS)[number]): FixtureHost => new FixtureHost(join(FIXTURES, kind));

/** Two rounds of every collector, five seconds apart; the readings of the second. */
export async function twoRounds(
  host: FixtureHost,
  config: CollectorConfig = AUTO,
  clock: FakeClock = new FakeClock(),
): Promise<Readings> {
  const collectors = start(host, config, clock);
  await round(collectors, new Readings());
  host.lookAgain();
  await clock.advance(5_000);
  const readings = new Readings();
  await round(collectors, readings);
  return readings;
}

export const start = (host: Host, config: CollectorConfig, clock: Clock) =>
  COLLECTOR_KINDS.map((kind) => kind.create(config, { host, clock, log: silentLogger }));

export async function round(collectors: ReturnType<typeof start>, into: Readings): Promise<void> {
  for (const collector of collectors) await collector.collect(into, never);
}

/** Series and value as a flat table, in the order of their names. */
export const tableOf = (readings: Readings): Record<string, number> =>
  Object.fromEntries(
    readings
      .all()
      .map(({ metric, labels, value }): [string, number] => {
        const text = labelsText(labels);
        // Twelve digits: the same on every processor, whatever the last bit of a division.
        return [text === "" ? metric : `${metric}{${text}}`, Number(value.toPrecision(12))];
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
