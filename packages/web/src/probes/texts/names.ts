/** What a field is called, and what a person should know to fill it in. */
export type FieldName = readonly [label: string, hint?: string];

/** Names of what kinds of probes bring along, by key. What is missing is shown by its key, made readable. */
export interface ProbeNames {
  /** What a kind is called, where its title is no proper name. */
  readonly titles: Readonly<Record<string, string>>;
  /** What a kind does, where the catalogue's own English sentence is not to be shown. */
  readonly meanings: Readonly<Record<string, string>>;
  /** By the name of the field, whatever the kind. */
  readonly fields: Readonly<Record<string, FieldName>>;
  /** By `kind.field`, where it is called otherwise. */
  readonly kindFields: Readonly<Record<string, FieldName>>;
  /** By `kind`, where the secret is not simply a password. */
  readonly secrets: Readonly<Record<string, FieldName>>;
  /** By `field:value`. */
  readonly choices: Readonly<Record<string, string>>;
  /** Facts, tables and columns of reports, by key. */
  readonly report: Readonly<Record<string, string>>;
  readonly charts: Readonly<Record<string, string>>;
  /** By `kind.act`: title, and what it does where the catalogue's own English sentence is not to be shown. */
  readonly acts: Readonly<Record<string, readonly [title: string, meaning?: string]>>;
}
