import { isMetricName, labelsProblem, labelsText } from "@muster/core";
import type { Labels } from "@muster/core";
import type { SeriesDescription } from "./metric-store.ts";

/** By code unit: the same everywhere, whatever the locale. */
export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** The order in which a server's series are answered. */
export const compareSeries = (left: SeriesDescription, right: SeriesDescription): number =>
  compareText(left.metric, right.metric) || compareText(labelsText(left.labels), labelsText(right.labels));

export const isStorable = (description: SeriesDescription): boolean =>
  isMetricName(description.metric) && labelsProblem(description.labels) === undefined;

/** Whether the labels have every pair that is asked for. */
export const matchesLabels = (labels: Labels, match: Labels): boolean =>
  Object.entries(match).every(([name, value]) => labels[name] === value);
