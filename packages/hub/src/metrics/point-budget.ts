import { createStepper, MusterError, stepCount } from "@muster/core";
import type { Stepper } from "@muster/core";
import type { Query } from "./metric-store.ts";

/** Gives one stepper to each series that has a sample, until the query would pass its `pointsMax`. */
export function pointBudget(query: Query): () => Stepper {
  if (!(Number.isSafeInteger(query.stepMs) && query.stepMs > 0)) {
    throw new MusterError("BAD_REQUEST", { fields: { stepMs: "is not a whole number of milliseconds from 1 on" } });
  }
  const points = stepCount(query.range, query.stepMs);
  let spent = 0;
  return () => {
    spent += points;
    if (spent > query.pointsMax) throw new MusterError("QUERY_TOO_LARGE");
    return createStepper(query.step, query.range, query.stepMs);
  };
}
