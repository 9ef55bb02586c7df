import { parseSettings } from "@muster/core";
import type { ProbeField, ProbeFields, ProbeSettings } from "@muster/core";
import { wrongOption } from "../commands/options.ts";

/**
 * Settings from `name=value` texts, on top of what there is: numbers, flags and lists as their fields want them; a list
 * grows by each text, and an empty value empties it. Throws BAD_REQUEST naming the setting.
 */
export function settingsFrom(fields: ProbeFields, given: readonly string[], before: ProbeSettings = {}): ProbeSettings {
  const settings: Record<string, ProbeSettings[string]> = { ...before };
  const begun = new Set<string>();
  for (const text of given) {
    const equals = text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (equals === -1 || field === undefined)
      throw wrongOption("--set", `${name} is no setting of this kind; there are ${Object.keys(fields).join(", ")}`);
    const value = valueOf(field, text.slice(equals + 1));
    if (field.is !== "lines") settings[name] = value;
    else
      settings[name] = [
        ...(begun.has(name) ? ((settings[name] ?? []) as readonly string[]) : []),
        ...(value as string[]),
      ];
    begun.add(name);
  }
  const parsed = parseSettings(fields, settings);
  if (parsed.ok) return parsed.settings;
  const [[name, why] = ["", ""]] = Object.entries(parsed.problems);
  throw wrongOption("--set", `${name} ${why}`);
}

function valueOf(field: ProbeField, text: string): ProbeSettings[string] {
  if (field.is === "number") return text.trim() === "" ? Number.NaN : Number(text);
  if (field.is === "flag")
    return text === "true" || text === "yes" ? true : text === "false" || text === "no" ? false : text;
  return field.is === "lines" ? (text === "" ? [] : [text]) : text;
}

const NUMBERS = {
  port: "port",
  milliseconds: "milliseconds",
  seconds: "seconds",
  days: "days",
  bytes: "bytes",
  count: "number",
  ratio: "share",
} as const;

/** A field in words, for help. */
export function fieldText(field: ProbeField): string {
  switch (field.is) {
    case "number":
      return `${NUMBERS[field.unit]}, ${field.least} to ${field.most}, ${field.default} unless told`;
    case "choice":
      return `${field.of.join(" | ")}, ${field.default} unless told`;
    case "flag":
      return `true | false, ${field.default} unless told`;
    case "lines":
      return `may be given ${field.itemsMax} times`;
    case "text":
      return field.default === undefined
        ? "needed"
        : field.default === ""
          ? "text"
          : `text, ${field.default} unless told`;
  }
}
