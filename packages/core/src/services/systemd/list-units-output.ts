import { fieldsOf } from "../../linux/text.ts";

/** One line of `systemctl list-units --all --plain --no-legend --full`. */
export interface ListedUnit {
  readonly name: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
}

/** A line out of format is skipped; the description at its end is free text and not read here. */
export function parseListUnits(text: string): ListedUnit[] {
  const units: ListedUnit[] = [];
  for (const line of text.split("\n")) {
    const [name, loadState, activeState, subState] = fieldsOf(line);
    if (name === undefined || loadState === undefined || activeState === undefined || subState === undefined) continue;
    units.push({ name, loadState, activeState, subState });
  }
  return units;
}
