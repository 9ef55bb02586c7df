import { isProbeKindName, probeEntry } from "@muster/core";
import { readable } from "./readable.ts";
import type { FieldName, ProbeNames } from "./texts/names.ts";

/** How what kinds of probes bring along is called in one language. What has no text is called by its key. */
export interface ProbeNaming {
  readonly kindTitle: (kind: string) => string;
  readonly kindMeaning: (kind: string) => string;
  readonly field: (kind: string, field: string) => FieldName;
  /** What the secret of a kind is; undefined where it is simply a password or token. */
  readonly secret: (kind: string) => FieldName | undefined;
  readonly choice: (field: string, value: string) => string;
  readonly report: (key: string) => string;
  readonly chart: (key: string) => string;
  readonly actTitle: (kind: string, act: string) => string;
  readonly actMeaning: (kind: string, act: string) => string;
}

export function probeNaming(names: ProbeNames): ProbeNaming {
  // A newer hub may have kinds that these pages have not.
  const entry = (kind: string) => (isProbeKindName(kind) ? probeEntry(kind) : undefined);
  const act = (kind: string, name: string) => named(entry(kind)?.acts ?? {}, name);
  return {
    kindTitle: (kind) => named(names.titles, kind) ?? entry(kind)?.title ?? readable(kind),
    kindMeaning: (kind) => named(names.meanings, kind) ?? entry(kind)?.meaning ?? "",
    field: (kind, field) =>
      named(names.kindFields, `${kind}.${field}`) ?? named(names.fields, field) ?? [readable(field)],
    secret: (kind) => named(names.secrets, kind),
    // Values that have no text are words of the thing itself, such as GET.
    choice: (field, value) => named(names.choices, `${field}:${value}`) ?? value,
    report: (key) => named(names.report, key) ?? readable(key),
    chart: (key) => named(names.charts, key) ?? readable(key),
    actTitle: (kind, name) => named(names.acts, `${kind}.${name}`)?.[0] ?? readable(name),
    actMeaning: (kind, name) => named(names.acts, `${kind}.${name}`)?.[1] ?? act(kind, name)?.meaning ?? "",
  };
}

/** Keys come from elsewhere: what every object has is no text. */
const named = <T>(texts: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(texts, key) ? texts[key] : undefined;
