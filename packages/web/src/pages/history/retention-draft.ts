import type { RetentionSettings } from "@muster/protocol";
import { parseNumber } from "../../components/parse-number.ts";

const GIB = 1_024 ** 3;

/** What stands in the inputs. Days as written; the budget in GiB, empty where there is none. */
export interface RetentionDraft {
  readonly samplesDays: string;
  readonly minutesDays: string;
  readonly hoursDays: string;
  readonly budgetGib: string;
}

export const DAY_FIELDS = ["samplesDays", "minutesDays", "hoursDays"] as const;

/** Ages in days that fit together; a budget is another matter. */
export const PRESETS = {
  short: { samplesDays: "7", minutesDays: "30", hoursDays: "365" },
  usual: { samplesDays: "30", minutesDays: "180", hoursDays: "1825" },
  long: { samplesDays: "90", minutesDays: "730", hoursDays: "3650" },
} as const;
export type PresetName = keyof typeof PRESETS;

export const BUDGETS_GIB = ["", "1", "5", "20", "100"] as const;

export const draftOf = (retention: RetentionSettings): RetentionDraft => ({
  samplesDays: String(retention.samplesDays),
  minutesDays: String(retention.minutesDays),
  hoursDays: String(retention.hoursDays),
  budgetGib: retention.bytesMax === null ? "" : String(Math.round((retention.bytesMax / GIB) * 1_000) / 1_000),
});

export type RetentionField = keyof RetentionDraft;

/** Inputs that hold no number of theirs: whole days, and a budget above nothing. Which numbers fit together the hub says. */
export function wrongFields(draft: RetentionDraft): readonly RetentionField[] {
  const isDays = (text: string): boolean => /^\d{1,6}$/.test(text.trim()) && Number(text) > 0;
  const budget = parseNumber(draft.budgetGib);
  const isBudget = draft.budgetGib.trim() === "" || (budget > 0 && Number.isSafeInteger(Math.round(budget * GIB)));
  return [...DAY_FIELDS.filter((field) => !isDays(draft[field])), ...(isBudget ? [] : (["budgetGib"] as const))];
}

/** Undefined where an input holds no number of its own. */
export function retentionOf(draft: RetentionDraft): RetentionSettings | undefined {
  if (wrongFields(draft).length > 0) return undefined;
  return {
    samplesDays: parseNumber(draft.samplesDays),
    minutesDays: parseNumber(draft.minutesDays),
    hoursDays: parseNumber(draft.hoursDays),
    bytesMax: draft.budgetGib.trim() === "" ? null : Math.round(parseNumber(draft.budgetGib) * GIB),
  };
}

export const presetOf = (draft: RetentionDraft): PresetName | undefined =>
  (Object.keys(PRESETS) as PresetName[]).find((name) =>
    DAY_FIELDS.every((field) => PRESETS[name][field] === draft[field].trim()),
  );

/** A comma is a point in half of the world. Nothing is no number. */
