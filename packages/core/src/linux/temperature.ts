import { boundedText } from "./text.ts";

/** Outside of this a sensor is broken or not wired: chips report -127, 255 or the like then. */
const CELSIUS_MIN = -60;
const CELSIUS_MAX = 200;

/** A tempN_input of hwmon or a temp of a thermal zone, in thousandths of a degree; undefined when it is no temperature. */
export function parseTemperature(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^-?[0-9]{1,7}$/.test(trimmed)) return undefined;
  const celsius = Number(trimmed) / 1000;
  return celsius >= CELSIUS_MIN && celsius <= CELSIUS_MAX ? celsius : undefined;
}

const NAME_CHARACTERS_MAX = 60;

/** "coretemp/Package id 0", or "nvme/temp1" where the channel has no label. */
export function sensorName(chip: string, channel: string, label: string | undefined): string {
  const shown = label === undefined ? "" : boundedText(label, NAME_CHARACTERS_MAX);
  return `${boundedText(chip, NAME_CHARACTERS_MAX)}/${shown === "" ? channel : shown}`;
}

/** Hwmon names have underscores where thermal zones have dashes: the same chip must compare equal. */
export const chipKey = (name: string): string => name.trim().toLowerCase().replaceAll("-", "_");
