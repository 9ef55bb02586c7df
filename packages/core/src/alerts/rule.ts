import type { ProbeKindName } from "../probes/kinds.ts";
import type { Labels } from "../samples.ts";
import type { DriverName } from "../services/service.ts";
import { SEVERITIES } from "./severity.ts";
import type { Severity } from "./severity.ts";

/** From here on it is as bad as this. */
export interface Level {
  readonly severity: Severity;
  readonly threshold: number;
}

/**
 * What a metric is judged by: the newest value; how much a counter grows a second; what the value will be after
 * `horizonMs`, by the straight line through the last `windowMs`.
 */
export const MEASURES = ["value", "rate", "forecast"] as const;
export type Measure = (typeof MEASURES)[number];

export interface MetricCondition {
  readonly is: "metric";
  readonly metric: string;
  /** Each must fit; `*` in a value stands for any text. Series without a named label do not fit. */
  readonly labels: Labels;
  readonly measure: Measure;
  /** Of a forecast; otherwise 0. */
  readonly windowMs: number;
  readonly horizonMs: number;
  readonly comparison: "above" | "below";
  /** Mildest first, each further out than the one before. */
  readonly levels: readonly Level[];
  /** What was found bad is well again only on this side; null: as soon as it is within the first threshold. */
  readonly clearAt: number | null;
}

/** How many lines within how long a log may say. */
export interface LogCondition {
  readonly is: "log";
  /** Of services; none: all. */
  readonly drivers: readonly DriverName[];
  /** Of services whose logs are meant; `*` stands for any text, none is none. */
  readonly names: readonly string[];
  /** Plain files on each server, by their absolute path. */
  readonly files: readonly string[];
  /** Text as it stands in a line, or an expression that is matched in linear time. */
  readonly pattern: string;
  readonly isExpression: boolean;
  readonly windowMs: number;
  /** Mildest first; a threshold is the number of lines from which on it holds. */
  readonly levels: readonly Level[];
}

export const LOG_RULE_LIMITS = {
  patternCharactersMax: 256,
  filesMax: 16,
  linesMax: 10_000,
  windowMsMin: 10_000,
  windowMsMax: 86_400_000,
} as const;

export const SERVICE_TROUBLES = ["failed", "stopped", "backing-off", "unhealthy", "degraded"] as const;
export type ServiceTrouble = (typeof SERVICE_TROUBLES)[number];
export const PROBE_TROUBLES = ["degraded", "unhealthy"] as const;
export type ProbeTrouble = (typeof PROBE_TROUBLES)[number];

/**
 * What may be wrong with Muster itself: `storage` samples cannot be stored; `clock` a server's clock is off; `dropped` a
 * server's agent lost samples; `notifier` a way of telling fails; `host-key` a server that was reached by SSH shows another
 * host key, and is not spoken to any more; `network` the hub's own network is lost, and servers cannot be heard because of it; of a task
 * `task-failed` its last run came to nothing good, `task-late` began late, `task-suspended` its owner may not do it any more.
 */
export const HUB_TROUBLES = [
  ...(["storage", "clock", "dropped", "notifier", "host-key", "network"] as const),
  ...(["task-failed", "task-late", "task-suspended"] as const),
] as const;
export type HubTrouble = (typeof HUB_TROUBLES)[number];

export type Condition =
  | MetricCondition
  | LogCondition
  | { readonly is: "offline"; readonly severity: Severity }
  | {
      readonly is: "service";
      /** None: all. */
      readonly drivers: readonly DriverName[];
      /** `*` stands for any text; none: all. */
      readonly names: readonly string[];
      /** A trouble that is not named is none. */
      readonly severities: Readonly<Partial<Record<ServiceTrouble, Severity>>>;
    }
  | {
      readonly is: "probe";
      /** None: all. */
      readonly kinds: readonly ProbeKindName[];
      readonly severities: Readonly<Partial<Record<ProbeTrouble, Severity>>>;
    }
  /** Thresholds are days that the certificate is good for, furthest first. */
  | { readonly is: "certificate"; readonly levels: readonly Level[] }
  | { readonly is: "hub"; readonly severities: Readonly<Partial<Record<HubTrouble, Severity>>> };

export type ConditionName = Condition["is"];

/** Which servers and probes a rule is for. `some` without any names nothing. */
export type Scope =
  | { readonly is: "all" }
  | {
      readonly is: "some";
      readonly serverIds: readonly string[];
      /** Of servers and of probes. */
      readonly tags: readonly string[];
    };

/** What another threshold or none at all holds for on one server. */
export interface RuleOverride {
  readonly serverId: string;
  /** Null: the rule is not for this server. */
  readonly levels: readonly Level[] | null;
}

export const NO_DATA_POLICIES = ["keep", "alert", "clear"] as const;
/** What it means that nothing is known: all stays as it is, it is as bad as the mildest level, or it is well. */
export type NoDataPolicy = (typeof NO_DATA_POLICIES)[number];

/** A condition, whom it is for, and how long it must hold. */
export interface RuleDefinition {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly condition: Condition;
  readonly scope: Scope;
  readonly overrides: readonly RuleOverride[];
  /** It must be bad for so long, without a break. */
  readonly forMs: number;
  /** It must be well for so long, without a break, before that is told (AL7). */
  readonly clearForMs: number;
  readonly noData: NoDataPolicy;
  /** Who is told; null: every notifier that is told by default. */
  readonly notifierIds: readonly string[] | null;
}

export interface Rule extends RuleDefinition {
  readonly id: string;
}

/** What the origin of a rule begins with that stands in a file. */
export const FILE_ORIGIN = "file:";

/** The file in which a rule stands; undefined for one that is kept by the hub. */
export const fileOfRule = ({ origin }: { readonly origin?: string | null }): string | undefined =>
  origin?.startsWith(FILE_ORIGIN) ? origin.slice(FILE_ORIGIN.length) : undefined;

/** The mildest severity that a condition can have: what missing data is worth where it is to be told. */
export function mildestSeverity(condition: Condition): Severity {
  switch (condition.is) {
    case "metric":
    case "log":
    case "certificate":
      return condition.levels[0]?.severity ?? "warning";
    case "offline":
      return condition.severity;
    case "service":
    case "probe":
    case "hub": {
      const named = Object.values(condition.severities) as readonly Severity[];
      return SEVERITIES.find((severity) => named.includes(severity)) ?? "warning";
    }
  }
}
