import { defaultOf } from "@muster/core";
import type { ProbeFields, ProbeSettings } from "@muster/core";

/** Settings with the defaults of their kind's fields, which nobody has checked. */
export function filledSettings(fields: ProbeFields, settings: ProbeSettings): ProbeSettings {
  const defaults = Object.entries(fields).flatMap(([name, field]) => {
    const value = defaultOf(field);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(defaults), ...settings };
}
