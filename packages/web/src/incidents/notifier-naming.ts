import { NOTIFIER_KIND_NAMES, notifierEntry } from "@muster/core";
import type { NotifierKindName } from "@muster/core";
import type { FieldNaming } from "../probes/probe-fields.tsx";
import { readable } from "../probes/readable.ts";
import type { FieldName, ProbeNames } from "../probes/texts/names.ts";
import type { AlertNames } from "./texts/names.ts";

/** How what kinds of notifiers bring along is called in one language. What has no text is called by the catalogue, or by its key. */
export interface NotifierNaming extends FieldNaming {
  readonly kindTitle: (kind: string) => string;
  readonly kindMeaning: (kind: string) => string;
  /** What the secret of a kind is; undefined where it is simply a password, token or key. */
  readonly secret: (kind: string) => FieldName | undefined;
}

export const isNotifierKind = (kind: string): kind is NotifierKindName =>
  NOTIFIER_KIND_NAMES.some((known) => known === kind);

/** `shared`: fields that kinds of probes have too, such as a host and a port, are called alike. */
export function notifierNaming(names: AlertNames, shared: Pick<ProbeNames, "fields" | "choices">): NotifierNaming {
  // A newer hub may have kinds that these pages have not.
  const entry = (kind: string) => (isNotifierKind(kind) ? notifierEntry(kind) : undefined);
  return {
    kindTitle: (kind) => entry(kind)?.title ?? readable(kind),
    kindMeaning: (kind) => named(names.meanings, kind) ?? entry(kind)?.meaning ?? "",
    field: (kind, field) =>
      named(names.kindFields, `${kind}.${field}`) ??
      named(names.fields, field) ??
      named(shared.fields, field) ?? [readable(field)],
    secret: (kind) => named(names.secrets, kind),
    choice: (field, value) =>
      named(names.choices, `${field}:${value}`) ?? named(shared.choices, `${field}:${value}`) ?? value,
  };
}

/** Keys come from elsewhere: what every object has is no text. */
const named = <T>(texts: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(texts, key) ? texts[key] : undefined;
