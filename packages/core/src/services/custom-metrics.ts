/** Numbers that an `exec` check of a service may report. */
export const CUSTOM_METRICS_MAX = 32;
const LINE = /^([a-z][a-z0-9_]{0,63})=([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)$/;

/**
 * Numbers that a check printed, one a line as `name=value`, by the name of their metric (`custom_<name>`). The first
 * `CUSTOM_METRICS_MAX` names count, the last value of each; every other line is only text.
 */
export function customMetrics(output: string): ReadonlyMap<string, number> {
  const metrics = new Map<string, number>();
  for (const line of output.split("\n")) {
    const [, name, text] = LINE.exec(line.trim()) ?? [];
    const value = Number(text);
    if (name === undefined || !Number.isFinite(value)) continue;
    const metric = `custom_${name}`;
    if (metrics.size < CUSTOM_METRICS_MAX || metrics.has(metric)) metrics.set(metric, value);
  }
  return metrics;
}
