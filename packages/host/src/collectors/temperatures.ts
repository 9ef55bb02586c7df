import {
  type FoundSensor,
  type Labels,
  chipKey,
  parseTemperature,
  sensorLabels,
  sensorName,
  withoutCores,
} from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import type { Host } from "../host.ts";
import { Rescan } from "../rescan.ts";
import { vantageOf } from "../vantage.ts";

export const SENSORS_MAX = 64;

/** One temperature: where it is read and how it is called. */
export interface Sensor {
  readonly path: string;
  readonly labels: Labels;
}

/** Temperatures of hwmon chips, and of thermal zones that no chip stands for. */
export const temperaturesKind: CollectorKind = {
  name: "temperatures",
  everyMs: 15_000,
  async detect({ host }) {
    const sensors = await findSensors(host, "/sys");
    return sensors.length > 0 ? { ok: true } : { ok: false, why: "this machine shows no temperature sensor" };
  },
  create(config, { host, clock }): Collector {
    const sensors = new Rescan(clock, async () => findSensors(host, (await vantageOf(host, config.hostRoot)).sys));
    return {
      async collect(sink) {
        const known = await sensors.get();
        const texts = await Promise.all(known.map(({ path }) => host.readFile(path)));
        for (const [index, { labels }] of known.entries()) {
          const celsius = parseTemperature(texts[index] ?? "");
          if (celsius !== undefined) sink.gauge("temperature_celsius", celsius, labels);
        }
      },
    };
  },
};

interface Found extends FoundSensor {
  readonly path: string;
  readonly chip: string;
}

/** All sensors in the order of the chips, each under a name of its own. */
export async function findSensors(host: Host, sys: string): Promise<Sensor[]> {
  const chips = (await host.listDirectory(`${sys}/class/hwmon`)) ?? [];
  const found = (await Promise.all(chips.map((chip) => findChannels(host, `${sys}/class/hwmon/${chip}`, chip)))).flat();
  const covered = new Set(found.map(({ chip }) => chipKey(chip)));
  found.push(...(await findZones(host, sys)).filter(({ chip }) => !covered.has(chipKey(chip))));
  const names = sensorLabels(found);
  return found.slice(0, SENSORS_MAX).map(({ path }, index) => ({ path, labels: { sensor: names[index]! } }));
}

async function findChannels(host: Host, directory: string, chipDirectory: string): Promise<Found[]> {
  const [entries, chipName, target] = await Promise.all([
    host.listDirectory(directory),
    host.readFile(`${directory}/name`, "once"),
    host.readLink(`${directory}/device`),
  ]);
  const chip = chipName?.trim() || chipDirectory;
  const channels = (entries ?? [])
    .map((entry) => /^(temp\d+)_input$/.exec(entry)?.[1])
    .filter((channel) => channel !== undefined);
  const labels = await Promise.all(channels.map((channel) => host.readFile(`${directory}/${channel}_label`, "once")));
  const device = target?.split("/").at(-1) ?? chipDirectory;
  const found = channels.map((channel, index) => ({
    path: `${directory}/${channel}_input`,
    name: sensorName(chip, channel, labels[index]),
    chip,
    device,
  }));
  return [...withoutCores(found)];
}

async function findZones(host: Host, sys: string): Promise<Found[]> {
  const zones = ((await host.listDirectory(`${sys}/class/thermal`)) ?? []).filter((entry) =>
    /^thermal_zone\d+$/.test(entry),
  );
  const types = await Promise.all(zones.map((zone) => host.readFile(`${sys}/class/thermal/${zone}/type`, "once")));
  return zones.map((zone, index) => {
    const chip = types[index]?.trim() || zone;
    return { path: `${sys}/class/thermal/${zone}/temp`, name: chip, chip, device: zone };
  });
}
