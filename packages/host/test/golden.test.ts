import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findMetric, isCounterMetric, silentLogger } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { describe, expect, it } from "vitest";
import { COLLECTOR_KINDS, Readings, readFacts } from "../src/index.ts";
import { AUTO, FIXTURES, KINDS, fixture, never, tableOf, twoRounds } from "./run-collectors.ts";

describe.each(KINDS)("%s", (kind) => {
  it("gives the facts and readings of its golden file", async () => {
    const host = fixture(kind);
    const facts = await readFacts(AUTO, { host, clock: new FakeClock() });
    const found = `${JSON.stringify({ facts, readings: tableOf(await twoRounds(host)) }, null, 2)}\n`;
    const golden = join(FIXTURES, kind, "expected.json");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, found);
    expect(JSON.parse(found)).toEqual(JSON.parse(readFileSync(golden, "utf8")));
  });

  it("emits only metrics of the catalogue, with their kind, labels and finite values", async () => {
    const readings = (await twoRounds(fixture(kind))).all();
    expect(readings.length).toBeGreaterThan(20);
    for (const reading of readings) {
      const metric = findMetric(reading.metric);
      expect(metric, reading.metric).toBeDefined();
      expect(reading.kind, reading.metric).toBe(metric?.kind);
      expect(isCounterMetric(reading.metric)).toBe(reading.kind === "counter");
      expect(Object.keys(reading.labels).sort(), reading.metric).toEqual(metric?.labels);
      expect(Number.isFinite(reading.value), `${reading.metric} ${reading.value}`).toBe(true);
      if (metric?.unit === "ratio") expect(reading.value, reading.metric).toBeGreaterThanOrEqual(0);
      if (metric?.unit === "ratio") expect(reading.value, reading.metric).toBeLessThanOrEqual(1);
    }
  });

  it("states a source for every fact it gives", async () => {
    const facts = await readFacts(AUTO, { host: fixture(kind), clock: new FakeClock() });
    for (const [name, value] of Object.entries(facts)) {
      if (name === "sources" || value === null) continue;
      expect(facts.sources[name], name).toBeTruthy();
    }
    for (const group of [
      "cpu",
      "memory",
      "disk",
      "load",
      "uptime",
      "pressure",
      "network",
      "filesystem",
      "temperature",
    ]) {
      expect(facts.sources[group], group).toBeTruthy();
    }
  });
});

describe("the catalogue of metrics", () => {
  it("says of each metric how often its collector runs", async () => {
    const host = fixture("debian-vm");
    const clock = new FakeClock();
    for (const kind of COLLECTOR_KINDS) {
      const collector = kind.create(AUTO, { host, clock, log: silentLogger });
      const readings = new Readings();
      await collector.collect(readings, never);
      await clock.advance(5_000);
      host.lookAgain();
      await collector.collect(readings, never);
      for (const { metric } of readings.all()) expect(findMetric(metric)?.everyMs, metric).toBe(kind.everyMs);
    }
  });
});
