const COLORS = 10;

/** The colour of a source by its place: one of the charts' palette, moved towards the text so that it can be read small. */
export const sourceColor = (place: number): string =>
  `color-mix(in srgb, var(--series-${(place % COLORS) + 1}) 62%, var(--text))`;
