import { useEffect, useMemo, useState } from "react";
import { useHotkey } from "../browser/use-hotkey.ts";
import { hubNow } from "../live/live.ts";
import { parseRange } from "./chart-range.ts";
import type { ChartRange } from "./chart-range.ts";
import { RangeSteps } from "./range-steps.ts";

export interface RangeControl {
  readonly range: ChartRange;
  readonly steps: RangeSteps;
}

/**
 * The time range of a page: Esc goes back to where the last drag began, `-` looks at twice as much, the arrows move by
 * half a window. `write` puts the text into the address.
 */
export function useRange(text: string | undefined, write: (text: string | undefined) => void): RangeControl {
  const range = useMemo(() => parseRange(text), [text]);
  const [steps] = useState(() => new RangeSteps(hubNow));
  useEffect(() => steps.follow(range, write), [steps, range, write]);
  useHotkey("Escape", steps.onBack);
  useHotkey("-", steps.onWider);
  useHotkey("ArrowLeft", () => steps.onMove(-0.5, 1));
  useHotkey("ArrowRight", () => steps.onMove(0.5, 1));
  return { range, steps };
}
