/** `condition.levels.0.threshold` is told at `condition.levels`, `overrides.1.levels.0` at `overrides.1.levels`. */
export function ruleInputOf(path: string): string {
  const inner = path.replace(/^rule\./, "");
  return /^(?:condition\.\w+|overrides\.\d+\.\w+|\w+)/.exec(inner)?.[0] ?? inner;
}
