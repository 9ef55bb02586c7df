import type { FrameSeries } from "./chart-frame.ts";

/** Where nothing else decides, a series has the colour of its place. */
export const placeColor = (_series: FrameSeries, place: number): number => place;
