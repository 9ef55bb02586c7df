import { StoredChoice } from "../../browser/stored-choice.ts";

export const FLEET_RANGES = ["1h", "6h", "24h", "7d", "30d"] as const;
export const FLEET_LINES = ["all", "tag", "top"] as const;

/** How the charts over the fleet are shown. */
export interface FleetChoice {
  readonly strip: "open" | "closed";
  readonly range: (typeof FLEET_RANGES)[number];
  /** One line for all, one a tag, or the servers with the greatest values. */
  readonly lines: (typeof FLEET_LINES)[number];
}

const isOneOf = (list: readonly string[], value: unknown): boolean => list.some((one) => one === value);

/** Remembered in this browser. */
export const fleetChoice = new StoredChoice<FleetChoice>(
  "muster.fleet-charts",
  { strip: "closed", range: "1h", lines: "all" },
  (value): value is FleetChoice => {
    const choice = (typeof value === "object" && value !== null ? value : {}) as Partial<Record<string, unknown>>;
    return (
      isOneOf(["open", "closed"], choice["strip"]) &&
      isOneOf(FLEET_RANGES, choice["range"]) &&
      isOneOf(FLEET_LINES, choice["lines"])
    );
  },
);
