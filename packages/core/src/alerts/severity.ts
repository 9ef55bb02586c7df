/** How bad an incident is, mildest first. */
export const SEVERITIES = ["info", "warning", "error", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** 0 for the mildest. */
export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** The worse of two. */
export const worseOf = (one: Severity, other: Severity): Severity =>
  severityRank(one) >= severityRank(other) ? one : other;
