/** How much of the past is shown around a time, in milliseconds. */
export const SPAN_MS = 600_000;
