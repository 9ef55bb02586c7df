import { boundedText } from "./text.ts";

/** Outside of this a sensor is broken or not wired: chips report -127, 255 or the like then. */
const CELSIUS_MIN = -60;
const CELSIUS_MAX = 200;

/** A tempN_input of hwmon or a temp of a thermal zone, in thousandths of a degree; undefined when it is no temperature. */
export function parseTemperature(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^-?[0-9]{1,7}$/.test(trimmed)) return undefined;
  const celsius = Number(trimmed) / 1000;
  return isPlausibleCelsius(celsius) ? celsius : undefined;
}

/** Whether a sensor that works could say so. */
export const isPlausibleCelsius = (celsius: number): boolean => celsius >= CELSIUS_MIN && celsius <= CELSIUS_MAX;

const NAME_CHARACTERS_MAX = 60;

/** "coretemp/Package id 0", or "nvme/temp1" where the channel has no label. */
export function sensorName(chip: string, channel: string, label: string | undefined): string {
  const shown = label === undefined ? "" : boundedText(label, NAME_CHARACTERS_MAX);
  return `${boundedText(chip, NAME_CHARACTERS_MAX)}/${shown === "" ? channel : shown}`;
}

/** Hwmon names have underscores where thermal zones have dashes: the same chip must compare equal. */
export const chipKey = (name: string): string => name.trim().toLowerCase().replaceAll("-", "_");

/** A temperature as it was found: its name, and the device that tells two chips of one name apart. */
export interface FoundSensor {
  readonly name: string;
  readonly device: string;
}

/** The package is as hot as its hottest core: forty of them tell nothing more. */
export function withoutCores<Found extends FoundSensor>(ofOneChip: readonly Found[]): readonly Found[] {
  const hasPackage = ofOneChip.some(({ name }) => /\/Package id \d+$/.test(name));
  return hasPackage ? ofOneChip.filter(({ name }) => !/\/Core \d+$/.test(name)) : ofOneChip;
}

/** A label of its own for each, in their order. */
export function sensorLabels(found: readonly FoundSensor[]): readonly string[] {
  const times = new Map<string, number>();
  for (const { name } of found) times.set(name, (times.get(name) ?? 0) + 1);
  return found.map(({ name, device }) => ((times.get(name) ?? 0) > 1 ? `${name} (${device})` : name));
}
