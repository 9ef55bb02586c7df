// The part of a hub that pulls, alone in its process. Arguments: the servers as JSON, the interval, the bound of looks, how
// long to let it settle and how long to measure, in milliseconds. Prints `measuring`, then its figures.
import { silentLogger } from "@muster/core";
import type { PullKindName } from "@muster/core";
import { BoxTurns, createPullAdapter, PullPoller } from "@muster/hub";
import { Egress, systemClock as clock } from "@muster/node-kit";
import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "./quantile.ts";

interface Served {
  readonly kind: PullKindName;
  readonly port: number;
}
const [servers = "[]", intervalMs = "10000", looksMax = "100", settleMs = "15000", measureMs = "60000"] =
  process.argv.slice(2);
const deps = { clock, egress: new Egress({ clock }), turns: new BoxTurns() };
const baseBytes = process.memoryUsage.rss();
const lateness: number[] = [];
const roundTrips: number[] = [];
let [looks, samples, failures, isMeasuring] = [0, 0, 0, false];

const poller = new PullPoller(
  { looksMax: Number(looksMax) },
  {
    ...{ clock, log: silentLogger },
    create: (kind, config) => createPullAdapter(kind, config, deps),
    onReading: (serverId, reading) => {
      if (!isMeasuring) return;
      looks++;
      samples += reading.samples.length;
      roundTrips.push(poller.state(serverId)?.roundTripMs ?? Number.NaN);
    },
    onFailure: () => void (isMeasuring && failures++),
  },
);
poller.watchLateness((lateMs) => void (isMeasuring && lateness.push(lateMs)));
for (const { kind, port } of JSON.parse(servers) as readonly Served[])
  poller.put(
    {
      ...{ serverId: `server-${port}`, kind, intervalMs: Number(intervalMs) },
      config: { url: `http://127.0.0.1:${port}`, timeoutMs: 5_000, allow: [], channelNames: {} },
    },
    "at-its-turn",
  );

await delay(Number(settleMs));
isMeasuring = true;
process.stdout.write("measuring\n");
await delay(Number(measureMs));
isMeasuring = false;
const figures = {
  looks,
  samples,
  failures,
  lateP50: quantile(lateness, 0.5),
  lateP99: quantile(lateness, 0.99),
  baseBytes,
};
process.stdout.write(
  `figures ${JSON.stringify({ ...figures, tripP50: quantile(roundTrips, 0.5), tripP99: quantile(roundTrips, 0.99) })}\n`,
);
await delay(5_000);
await poller.stop();
process.exit();
