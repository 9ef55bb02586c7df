import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { Fleet } from "../fleet/fleet.ts";
import type { KnownServer } from "../fleet/known-server.ts";
import type { ServerStore } from "../fleet/server-store.ts";
import { createMetricStore } from "./catalog.ts";
import { restoreNewest } from "./restore-newest.ts";

const NOW = 1_800_000_000_000;
const known: KnownServer = {
  id: "01a1fd67-fbb0-7744-8583-15173b9a7614",
  name: "web-1",
  link: "agent",
  hasSshLink: false,
  state: "active",
  tags: [],
  notes: "",
  intervalMs: 5_000,
  createdAt: NOW,
  lastHeardAt: NOW,
  droppedSamples: 0,
  facts: null,
  agent: null,
};

test("after a start the newest values and the last hour's line come from the store", async () => {
  const clock = new FakeClock(NOW);
  const metrics = await createMetricStore(
    { kind: "memory", retentionMs: 86_400_000, futureSkewMs: 60_000, seriesPerServerMax: 100 },
    { clock },
  );
  const series = (await metrics.series(known.id, [
    { metric: "cpu_busy_ratio", labels: {} },
    { metric: "filesystem_used_ratio", labels: { mount: "/" } },
  ])) as number[];
  const append = (ageMs: number, cpu: number, disk: number) =>
    metrics.append({ serverId: known.id, series, rows: [{ at: NOW - ageMs, values: Float64Array.of(cpu, disk) }] });
  await append(30 * 60_000, 0.5, 0.1);
  await append(20_000, 0.25, 0.75);
  const store: Pick<ServerStore, "all"> = { all: () => Promise.resolve([known]) };
  const fleet = await Fleet.open({ store: store as ServerStore, clock });

  await restoreNewest({ reader: metrics, fleet, clock }, new AbortController().signal);

  const server = fleet.get(known.id)!;
  expect(server.summary).toMatchObject({
    at: NOW - 20_000,
    cpuBusyRatio: 0.25,
    worstDisk: { mount: "/", usedRatio: 0.75 },
  });
  expect(server.cpuLine.values(NOW).filter((value) => value !== null)).toContain(0.5);
  await metrics.close();
});
