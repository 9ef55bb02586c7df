import { MusterError, parseSettings } from "@muster/core";
import type { ProbeFields, ProbeSettings } from "@muster/core";
import { parseHttpUrl } from "@muster/node-kit";

/** Settings of a kind, by its fields. Throws BAD_REQUEST naming each one under `where`. */
export function settingsOf(
  fields: ProbeFields,
  given: Readonly<Record<string, unknown>>,
  where = "body.settings",
): ProbeSettings {
  const result = parseSettings(fields, given);
  const problems = result.ok ? unreadable(fields, result.settings) : result.problems;
  if (result.ok && Object.keys(problems).length === 0) return result.settings;
  throw new MusterError("BAD_REQUEST", {
    fields: Object.fromEntries(Object.entries(problems).map(([name, why]) => [`${where}.${name}`, why])),
  });
}

/** What the fields take for an address is read once more as it will be when it is asked, where there is one. */
function unreadable(fields: ProbeFields, settings: ProbeSettings): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = settings[name];
    if (field.is !== "text" || (field.form !== "http-url" && field.form !== "ws-url")) continue;
    if (typeof value === "string" && value !== "" && parseHttpUrl(value.replace(/^ws/i, "http")) === undefined)
      problems[name] = "cannot be read as an address";
  }
  return problems;
}
