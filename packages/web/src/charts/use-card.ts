import { useRef } from "react";
import type { RefObject } from "react";
import { requestSpan } from "./chart-range.ts";
import type { ChartRange } from "./chart-range.ts";
import type { ChartSpec } from "./chart-spec.ts";
import { useInView } from "./use-in-view.ts";

export interface Card {
  /** Where the canvas goes. */
  readonly target: RefObject<HTMLDivElement | null>;
  /** A card asks and draws only while it is in sight. */
  readonly seen: boolean;
  /** How far readings lie apart. */
  readonly intervalMs: number;
  /** The finest step that is asked for. */
  readonly finestMs: number;
  readonly stepMs: number;
}

/** What every card of a chart sets up: its place, whether it is in sight, and how finely it asks. */
export function useCard(spec: ChartSpec, range: ChartRange, readingEveryMs: number): Card {
  const target = useRef<HTMLDivElement>(null);
  const seen = useInView(target);
  const intervalMs = Math.max(readingEveryMs, spec.everyMs);
  // A closer look may find the readings of a second that were taken while somebody watched.
  const finestMs = range.is === "fixed" ? Math.max(1_000, spec.everyMs) : intervalMs;
  return { target, seen, intervalMs, finestMs, stepMs: requestSpan(range, finestMs, 0).stepMs };
}
