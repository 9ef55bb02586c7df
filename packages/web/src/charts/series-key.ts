export type Labels = Readonly<Record<string, string>>;

/** One series of one server. */
export interface SeriesHead {
  readonly metric: string;
  readonly labels: Labels;
}

/** The same text for the same series, whatever the order of its labels. */
export function seriesKey(metric: string, labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return metric;
  return metric + JSON.stringify(names.toSorted().map((name) => [name, labels[name]]));
}
