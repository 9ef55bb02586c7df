import { HOUR_MS, MusterError } from "@muster/core";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { StoreSize } from "./metric-store.ts";
import { storageGauges } from "./storage-gauges.ts";

const SIZE: StoreSize = {
  seriesCount: 3,
  sampleCount: 100,
  bytes: 4_096,
  refusedSeriesCount: 0,
  stock: [
    { resolutionMs: 0, day: 0, sampleCount: 40, bytes: 50 },
    { resolutionMs: 0, day: 1, sampleCount: 41, bytes: 51 },
    { resolutionMs: HOUR_MS, day: 0, sampleCount: 7, bytes: 70 },
  ],
};

test("what is stored is told, by resolution; what cannot be read now is left out, not kept", async () => {
  const registry = new Registry();
  const state: { size: StoreSize | undefined } = { size: SIZE };
  const gauges = storageGauges(registry, {
    size: () => (state.size ? Promise.resolve(state.size) : Promise.reject(new MusterError("STORAGE_FAILED"))),
  });
  const values = async (): Promise<readonly string[]> => {
    await gauges.read();
    return (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  };
  const whole = [
    "muster_storage_bytes 4096",
    "muster_storage_series 3",
    "muster_storage_samples 100",
    'muster_storage_sealed_rows{resolution="samples"} 81',
    'muster_storage_sealed_rows{resolution="minutes"} 0',
    'muster_storage_sealed_rows{resolution="hours"} 7',
    'muster_storage_sealed_bytes{resolution="samples"} 101',
    'muster_storage_sealed_bytes{resolution="minutes"} 0',
    'muster_storage_sealed_bytes{resolution="hours"} 70',
  ];
  expect(await values()).toEqual(whole);
  state.size = undefined;
  expect(await values()).toEqual([]);
  state.size = SIZE;
  expect(await values()).toEqual(whole);
});
