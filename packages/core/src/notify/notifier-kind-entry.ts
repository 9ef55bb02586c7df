import type { ProbeFields, SettingsOf } from "../probes/fields.ts";

/** All that is known of a kind of notifier before it tells anything: for checks at the doors, forms and help. */
export interface NotifierKindEntry<F extends ProbeFields = ProbeFields> {
  /** Its proper name, the same in every language. */
  readonly title: string;
  /** One sentence for people. */
  readonly meaning: string;
  readonly fields: F;
  /** A password, token or key, or an address that is one; kept sealed and never shown. */
  readonly secret: "none" | "optional" | "required";
  /** So many messages a minute are handed over at most, by the vendor's own limits. */
  readonly perMinuteMax: number;
  /** Whether what it has told can be brought up to date, so that it is also told what makes no new message. */
  readonly canEdit: boolean;
  /** Whether it can be given a text to send as it is. */
  readonly canSay: boolean;
  /** Where it tells, for a list and for the question whether a secret stays: without anything secret. */
  target(settings: SettingsOf<F>): string;
}

/** Keeps the literal types of the fields, from which the settings get theirs. */
export const notifierKindEntry = <const F extends ProbeFields>(entry: NotifierKindEntry<F>): NotifierKindEntry<F> =>
  entry;
