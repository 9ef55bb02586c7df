/** Seconds as a sentence has them. */
export const spokenSeconds = (seconds: number): string =>
  seconds < 10 ? `${Math.round(seconds * 10) / 10} s` : `${Math.round(seconds)} s`;

export const spokenRatio = (ratio: number): string => `${Math.round(ratio * 100)} %`;
