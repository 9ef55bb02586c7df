import { parseSettings } from "@muster/core";
import { parseLines } from "../components/parse-lines.ts";
import { parseNumber } from "../components/parse-number.ts";
import type { ParsedSettings, ProbeField, ProbeFields, ProbeSettings } from "@muster/core";

/** Fields of a kind or of an act as they stand in a form: text, which may be wrong, or a flag. */
export type FieldDraft = Readonly<Record<string, string | boolean>>;

/** What a form shows at first: what is kept, or else what stands where nobody fills anything in. */
export const fieldDraftOf = (fields: ProbeFields, kept: ProbeSettings = {}): FieldDraft =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, shown(field, kept[name])]));

function shown(field: ProbeField, kept: ProbeSettings[string] | undefined): string | boolean {
  switch (field.is) {
    case "flag":
      return typeof kept === "boolean" ? kept : field.default;
    case "lines":
      return Array.isArray(kept) ? kept.join("\n") : "";
    case "number": {
      const number = typeof kept === "number" ? kept : field.default;
      return String(field.unit === "ratio" ? Number((number * 100).toFixed(6)) : number);
    }
    case "choice":
      return typeof kept === "string" ? kept : field.default;
    case "text":
      return typeof kept === "string" ? kept : (field.default ?? "");
  }
}

/** The settings of a draft, or what is wrong with it by field, as the hub would say it. */
export function settingsOfDraft(fields: ProbeFields, draft: FieldDraft): ParsedSettings {
  const given = Object.entries(fields).flatMap(([name, field]) => {
    const value = entered(field, draft[name] ?? "");
    return value === undefined ? [] : [[name, value] as const];
  });
  const parsed = parseSettings(fields, Object.fromEntries(given));
  if (parsed.ok) return parsed;
  const problems = Object.entries(parsed.problems).map(([name, problem]) => [name, asEntered(fields[name], problem)]);
  return { ok: false, problems: Object.fromEntries(problems) };
}

/** A share is entered in per cent, so its range is told in per cent too. */
function asEntered(field: ProbeField | undefined, problem: string): string {
  if (field?.is !== "number" || field.unit !== "ratio") return problem;
  const { least, most } = field;
  return problem === `must be ${least} to ${most}` ? `must be ${least * 100} to ${most * 100}` : problem;
}

/** What was entered; undefined for what was left empty, so that it is as if nobody had filled it in. */
function entered(field: ProbeField, value: string | boolean): unknown {
  if (typeof value === "boolean") return value;
  switch (field.is) {
    case "lines":
      return parseLines(value);
    case "number":
      return value.trim() === "" ? undefined : numberOf(value, field.unit);
    case "text": {
      // Spaces around an address are slips; in a text to look for they may be meant.
      const text = field.form === "any" ? value : value.trim();
      return text === "" ? undefined : text;
    }
    case "choice":
    case "flag":
      return value;
  }
}

/** A number as a person types it; what is no number stays as it is, so that it is said to be none. */
function numberOf(text: string, unit: (ProbeField & { is: "number" })["unit"]): number | string {
  const number = parseNumber(text);
  if (Number.isNaN(number)) return text;
  return unit === "ratio" ? Number((number / 100).toFixed(8)) : number;
}
