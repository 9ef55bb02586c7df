import { PRESSURE_RESOURCES, parsePressure } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { vantageOf } from "../vantage.ts";

const RESOURCES = PRESSURE_RESOURCES.map((resource) => ({
  resource,
  some: { resource, stall: "some" },
  full: { resource, stall: "full" },
}));

/** Pressure stall information, where the kernel has it. */
export const pressureKind: CollectorKind = {
  name: "pressure",
  // The kernel's averages are of ten seconds: asking more often tells nothing new.
  everyMs: 10_000,
  async detect({ host }) {
    if ((await host.readFile("/proc/pressure/cpu", "once")) !== undefined) return { ok: true };
    return { ok: false, why: "this kernel has no pressure stall information (Linux 4.20 or newer, booted with psi=1)" };
  },
  create(config, { host }): Collector {
    return {
      async collect(sink) {
        const { pressure: place } = await vantageOf(host, config.hostRoot);
        if (place.from === "nowhere") return;
        const texts = await Promise.all(RESOURCES.map(({ resource }) => host.readFile(place.path(resource))));
        for (const [index, { resource, some, full }] of RESOURCES.entries()) {
          const pressure = parsePressure(texts[index] ?? "");
          if (pressure === undefined) continue;
          sink.gauge("pressure_ratio", pressure.someRatio, some);
          // All tasks waiting for a core at once has no meaning for a whole machine: the kernel writes zero there.
          if (pressure.fullRatio !== undefined && resource !== "cpu")
            sink.gauge("pressure_ratio", pressure.fullRatio, full);
        }
      },
    };
  },
};
