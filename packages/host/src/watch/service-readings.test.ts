import { bareStatus, silentLogger } from "@muster/core";
import type { Labels, SampleSink } from "@muster/core";
import type { WireService } from "@muster/protocol";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { serviceReadings } from "./service-readings.ts";

const running = (name: string, change: Partial<WireService> = {}): WireService => ({
  ...bareStatus({ driver: "systemd", name }),
  state: "running",
  run: "1",
  granted: [],
  isLogGranted: false,
  defined: null,
  ...change,
});

function world() {
  const clock = new FakeClock();
  const services = new Map<string, WireService>();
  const samples: [string, string, number][] = [];
  let reads = 0;
  const put = (metric: string, value: number, labels: Labels = {}) =>
    void samples.push([metric, labels["service"] ?? "", value]);
  const sink: SampleSink = { gauge: put, counter: put };
  const kind = serviceReadings({ clock, read: () => (reads++, Promise.resolve()), services: () => services });
  const collector = kind.create(
    { mounts: "auto", hostRoot: "/" },
    { clock, log: silentLogger, host: undefined as never },
  );
  return {
    services,
    samples,
    reads: () => reads,
    async round(): Promise<void> {
      samples.length = 0;
      await collector.collect(sink, new AbortController().signal);
      await clock.advance(5_000);
    },
  };
}

test("services are read twice a minute, and what was read joins the round after", async () => {
  const { services, samples, reads, round } = world();
  services.set("systemd/a.service", running("a.service", { memoryBytes: 100, health: "degraded" }));
  await round();
  expect([samples, reads()]).toEqual([[], 1]);
  await round();
  expect(samples).toEqual([
    ["service_memory_bytes", "a.service", 100],
    ["service_health_ratio", "a.service", 0.5],
  ]);
  for (let count = 0; count < 4; count++) {
    await round();
    expect(samples).toEqual([]);
  }
  await round();
  expect(reads()).toBe(2);
});

test("CPU is a share between two readings of the same run, and nothing across a restart", async () => {
  const { services, samples, round } = world();
  const rounds = async (count: number, change: Partial<WireService>): Promise<readonly [string, string, number][]> => {
    services.set("systemd/a.service", running("a.service", change));
    let said: readonly [string, string, number][] = [];
    for (let index = 0; index < count; index++) {
      await round();
      if (samples.length > 0) said = [...samples];
    }
    return said;
  };
  expect(await rounds(6, { cpuSeconds: 10 })).toEqual([]);
  expect(await rounds(6, { cpuSeconds: 25 })).toEqual([["service_cpu_ratio", "a.service", 0.5]]);
  expect(await rounds(6, { cpuSeconds: 1, run: "2" })).toEqual([]);
});

test("what ran once at boot, sockets and timers make no series, and no more than 150 services do", async () => {
  const { services, samples, round } = world();
  services.set("systemd/x.socket", running("x.socket", { memoryBytes: 1 }));
  services.set("systemd/once.service", running("once.service", { state: "stopped", memoryBytes: 1 }));
  for (let index = 0; index < 200; index++)
    services.set(`systemd/${index}.service`, running(`${index}.service`, { memoryBytes: 1 }));
  await round();
  await round();
  expect(samples).toHaveLength(150);
  expect(samples.every(([, name]) => /^\d+\.service$/.test(name))).toBe(true);
});
