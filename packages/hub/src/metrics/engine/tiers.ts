import { HOUR_MS, MINUTE_MS } from "@muster/core";
import { RAW } from "./schema.ts";

/** The resolutions of roll-ups, the coarsest first, and what each was made of. */
export const ROLL_UP_TIERS = [
  { resolutionMs: HOUR_MS, finer: MINUTE_MS },
  { resolutionMs: MINUTE_MS, finer: RAW },
] as const;
