import type { ForeignFields } from "./foreign-fields.ts";
import type { PlanBuilder } from "./plan-builder.ts";

/** Days that readings were kept. */
export function readRetention(fields: ForeignFields, name: string, plan: PlanBuilder): void {
  const value = fields.raw(name);
  if (value === undefined) return;
  const days = typeof value === "string" && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
  if (typeof days === "number" && Number.isInteger(days) && days >= 1 && days <= 36_500)
    plan.setting({ samplesDays: days });
  else plan.problem(fields.at(name), "left out: must be a whole number of days from 1 to 36500");
}
