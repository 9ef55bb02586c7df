import type { FieldName } from "../../probes/texts/names.ts";

/** What kinds of notifiers bring along, by its keys: another language names it, or it is called as the catalogue does. */
export interface AlertNames {
  /** One sentence by kind. */
  readonly meanings: Readonly<Record<string, string>>;
  /** Label and hint by field, whatever the kind. */
  readonly fields: Readonly<Record<string, FieldName>>;
  /** By `kind.field`, where a field means something else there. */
  readonly kindFields: Readonly<Record<string, FieldName>>;
  /** What the secret of a kind is. */
  readonly secrets: Readonly<Record<string, FieldName>>;
  /** By `field:value`. */
  readonly choices: Readonly<Record<string, string>>;
}
