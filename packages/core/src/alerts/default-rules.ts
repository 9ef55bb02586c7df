import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../time.ts";
import type { MetricCondition, RuleDefinition } from "./rule.ts";

const metric = (
  name: string,
  levels: MetricCondition["levels"],
  more: Partial<MetricCondition> = {},
): MetricCondition => ({
  ...{ is: "metric", metric: name, labels: {}, measure: "value", windowMs: 0, horizonMs: 0 },
  ...{ comparison: "above", levels, clearAt: null, ...more },
});

const rule = (
  name: string,
  condition: RuleDefinition["condition"],
  forMs: number,
  clearForMs: number = 5 * MINUTE_MS,
): RuleDefinition => ({
  ...{ name, isEnabled: true, condition, scope: { is: "all" }, overrides: [] },
  ...{ forMs, clearForMs, noData: "keep", notifierIds: null },
});

/** What every hub watches from its first start on. Each is the operator's to change or take away. */
export const DEFAULT_RULES: Readonly<Record<string, RuleDefinition>> = {
  offline: rule("Server is offline", { is: "offline", severity: "critical" }, 0, MINUTE_MS),
  cpu: rule(
    "CPU is busy",
    metric("cpu_busy_ratio", [{ severity: "warning", threshold: 0.95 }], { clearAt: 0.85 }),
    15 * MINUTE_MS,
  ),
  memory: rule(
    "Memory is nearly full",
    metric(
      "memory_used_ratio",
      [
        { severity: "warning", threshold: 0.92 },
        { severity: "error", threshold: 0.98 },
      ],
      { clearAt: 0.88 },
    ),
    5 * MINUTE_MS,
  ),
  "out-of-memory": rule(
    "Out of memory",
    metric("memory_oom_kills_total", [{ severity: "warning", threshold: 0 }], { measure: "rate" }),
    0,
  ),
  disk: rule(
    "Disk is nearly full",
    metric(
      "filesystem_used_ratio",
      [
        { severity: "warning", threshold: 0.85 },
        { severity: "critical", threshold: 0.95 },
      ],
      { clearAt: 0.82 },
    ),
    2 * MINUTE_MS,
  ),
  "disk-forecast": rule(
    "Disk will be full within a day",
    metric("filesystem_used_ratio", [{ severity: "warning", threshold: 0.995 }], {
      ...{ measure: "forecast", windowMs: 6 * HOUR_MS, horizonMs: DAY_MS },
    }),
    15 * MINUTE_MS,
    HOUR_MS,
  ),
  inodes: rule(
    "Inodes are nearly used up",
    metric("filesystem_inodes_used_ratio", [{ severity: "warning", threshold: 0.9 }], { clearAt: 0.85 }),
    5 * MINUTE_MS,
  ),
  temperature: rule(
    "Too hot",
    metric(
      "temperature_celsius",
      [
        { severity: "warning", threshold: 85 },
        { severity: "critical", threshold: 95 },
      ],
      { clearAt: 80 },
    ),
    5 * MINUTE_MS,
  ),
  service: rule(
    "Service has failed",
    {
      ...{ is: "service", drivers: [], names: [] },
      severities: { degraded: "warning", failed: "error", unhealthy: "error" },
    },
    30 * SECOND_MS,
    2 * MINUTE_MS,
  ),
  probe: rule(
    "Probe is not well",
    { is: "probe", kinds: [], severities: { degraded: "warning", unhealthy: "error" } },
    0,
    2 * MINUTE_MS,
  ),
  certificate: rule(
    "Certificate ends soon",
    {
      is: "certificate",
      levels: [
        { severity: "warning", threshold: 14 },
        { severity: "critical", threshold: 3 },
      ],
    },
    0,
    MINUTE_MS,
  ),
  hub: rule(
    "Muster itself is in trouble",
    {
      is: "hub",
      severities: {
        clock: "warning",
        dropped: "warning",
        notifier: "error",
        storage: "critical",
        network: "critical",
        "host-key": "critical",
      },
    },
    30 * SECOND_MS,
    2 * MINUTE_MS,
  ),
  task: rule(
    "Task has failed",
    { is: "hub", severities: { "task-late": "warning", "task-failed": "error", "task-suspended": "error" } },
    0,
    0,
  ),
};
