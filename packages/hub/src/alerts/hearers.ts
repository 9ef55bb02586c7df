import type { Hearing, Instant } from "@muster/core";

/** One notifier as those know it who decide what is told. */
export interface Hearer {
  readonly notifierId: string;
  readonly hearing: Hearing;
  /** Whether it is told now, by its hours. */
  isIn(now: Instant): boolean;
}

/** Who is told. */
export interface Hearers {
  /** Those that are on: the named ones, or with null all that are told by default. */
  of(notifierIds: readonly string[] | null): readonly Hearer[];
}
