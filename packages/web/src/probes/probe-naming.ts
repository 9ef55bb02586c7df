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
  return {
    kindTitle: (kind) => entry(kind)?.title ?? readable(kind),
    kindMeaning: (kind) => names.meanings[kind] ?? entry(kind)?.meaning ?? "",
    field: (kind, field) => names.kindFields[`${kind}.${field}`] ?? names.fields[field] ?? [readable(field)],
    secret: (kind) => names.secrets[kind],
    // Values that have no text are words of the thing itself, such as GET.
    choice: (field, value) => names.choices[`${field}:${value}`] ?? value,
    report: (key) => names.report[key] ?? readable(key),
    chart: (key) => names.charts[key] ?? readable(key),
    actTitle: (kind, act) => names.acts[`${kind}.${act}`]?.[0] ?? readable(act),
    actMeaning: (kind, act) => names.acts[`${kind}.${act}`]?.[1] ?? entry(kind)?.acts[act]?.meaning ?? "",
  };
}
