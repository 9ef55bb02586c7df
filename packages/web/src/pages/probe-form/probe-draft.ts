import { isDriverName, lookFromProblem, probeEntry, serviceKeyText, STREAK_MAX } from "@muster/core";
import type { ParsedSettings, ProbeKindName, ProbeSettings, ServiceKey } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { parseNumber } from "../../components/parse-number.ts";
import { parseTags } from "../../components/parse-tags.ts";
import { fieldDraftOf, settingsOfDraft } from "../../probes/field-draft.ts";
import type { FieldDraft } from "../../probes/field-draft.ts";
import type { Probe } from "../../probes/probes-view.ts";

/** A probe as it stands in a form: everything is text, and may be wrong. */
export interface ProbeDraft {
  readonly kind: ProbeKindName;
  readonly name: string;
  readonly fields: FieldDraft;
  /** Empty: from the hub. */
  readonly via: string;
  /** Empty: about none. */
  readonly about: string;
  /** Which service of that server, as `serviceKeyText` writes it; empty: about none of them alone. */
  readonly service: string;
  readonly tags: string;
  /** In seconds. */
  readonly interval: string;
  readonly timeout: string;
  readonly rise: string;
  readonly fall: string;
}

/** What a new probe is about, as an address says it. */
export interface AboutDraft {
  readonly about?: string | undefined;
  readonly service?: string | undefined;
}

/** How many results in a row change what a probe is held to be, where nobody says. */
const RISE = 1;
const FALL = 3;
/** What the hub takes, in seconds. */
const INTERVAL = { least: 5, most: 86_400 };
const TIMEOUT = { least: 0.2, most: 60 };

export function newProbeDraft(kind: ProbeKindName, { about = "", service = "" }: AboutDraft = {}): ProbeDraft {
  const { fields, intervalMsDefault, timeoutMsDefault } = probeEntry(kind);
  return {
    kind,
    name: "",
    fields: fieldDraftOf(fields),
    via: "",
    about,
    service,
    tags: "",
    interval: String(intervalMsDefault / 1_000),
    timeout: String(timeoutMsDefault / 1_000),
    rise: String(RISE),
    fall: String(FALL),
  };
}

/** What a form shows of a probe that is there. */
export const draftOfProbe = (probe: Probe): ProbeDraft => ({
  kind: probe.kind,
  name: probe.name,
  fields: fieldDraftOf(probeEntry(probe.kind).fields, probe.settings),
  via: probe.via?.serverId ?? "",
  about: probe.about?.serverId ?? "",
  service: probe.about?.service ? serviceKeyText(probe.about.service) : "",
  tags: probe.tags.join(" "),
  interval: String(probe.intervalMs / 1_000),
  timeout: String(probe.timeoutMs / 1_000),
  rise: String(probe.rise),
  fall: String(probe.fall),
});

export const parsedDraft = ({ kind, fields }: Pick<ProbeDraft, "kind" | "fields">): ParsedSettings =>
  settingsOfDraft(probeEntry(kind).fields, fields);

/** The name for one who gives none: what it looks at, without what every address has. Empty while that is not known. */
export function suggestedName(draft: Pick<ProbeDraft, "kind" | "fields">): string {
  const { target, title } = probeEntry(draft.kind);
  const parsed = parsedDraft(draft);
  if (!parsed.ok) return "";
  // What waits to be called looks at nothing.
  if (draft.kind === "passive") return title;
  return target(parsed.settings as never)
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[?#].*$/, "")
    .replace(/\/$/, "")
    .slice(0, 100);
}

/**
 * What must be mended before the hub is asked, by input and in the hub's own words; settings are named as the hub names
 * them, `settings.url`.
 */
export function problemsOfDraft(draft: ProbeDraft): Readonly<Record<string, string>> {
  const parsed = parsedDraft(draft);
  const problems: Record<string, string> = {};
  if (!parsed.ok)
    for (const [field, problem] of Object.entries(parsed.problems)) problems[`settings.${field}`] = problem;
  const settings = parsed.ok ? parsed.settings : {};
  const lookFrom = lookFromProblem(draft.kind, settings, draft.via === "" ? null : draft.via);
  if (lookFrom !== undefined) problems[lookFrom.at] = lookFrom.why;
  if (draft.name.trim() === "" && parsed.ok && suggestedName(draft) === "") problems["name"] = "is needed";
  const within = (input: string, text: string, { least, most }: { least: number; most: number }, isWhole: boolean) => {
    const number = parseNumber(text);
    if (!(number >= least && number <= most) || (isWhole && !Number.isInteger(number)))
      problems[input] = `must be ${least} to ${most}`;
  };
  within("intervalMs", draft.interval, INTERVAL, false);
  within("timeoutMs", draft.timeout, TIMEOUT, false);
  within("rise", draft.rise, { least: 1, most: STREAK_MAX }, true);
  within("fall", draft.fall, { least: 1, most: STREAK_MAX }, true);
  return problems;
}

type NewProbe = RouteInput<"POST /api/v1/probes">["body"];

/** What the hub is told of a draft without problems, but for its kind and secret. */
export const bodyOfDraft = (draft: ProbeDraft, settings: ProbeSettings): Omit<NewProbe, "kind" | "secret"> => ({
  name: draft.name.trim() === "" ? suggestedName(draft) : draft.name.trim(),
  settings: mutable(settings),
  via: draft.via === "" ? null : draft.via,
  about: draft.about === "" ? null : draft.about,
  service: draft.about === "" ? null : serviceOf(draft.service),
  tags: parseTags(draft.tags),
  intervalMs: Math.round(parseNumber(draft.interval) * 1_000),
  timeoutMs: Math.round(parseNumber(draft.timeout) * 1_000),
  rise: parseNumber(draft.rise),
  fall: parseNumber(draft.fall),
});

type Trial = RouteInput<"POST /api/v1/probe-trials">["body"];

/** Names may hold slashes, drivers hold none. */
function serviceOf(key: string): ServiceKey | null {
  const slash = key.indexOf("/");
  const [driver, name] = [key.slice(0, slash), key.slice(slash + 1)];
  return isDriverName(driver) && name !== "" ? { driver, name } : null;
}

/** What the hub is told for one look that keeps nothing. `probe`: one that is there, whose secret may be used. */
export const trialOfDraft = (
  draft: ProbeDraft,
  settings: ProbeSettings,
  secret: string | undefined,
  probe: string | undefined,
): Trial => ({
  kind: draft.kind,
  settings: mutable(settings),
  via: draft.via === "" ? null : draft.via,
  timeoutMs: Math.round(parseNumber(draft.timeout) * 1_000),
  ...(secret !== undefined && { secret }),
  ...(probe !== undefined && { probe }),
});

/** Whether what is kept would go to another target, or another way, so that the hub forgets it. */
export function goesElsewhere(probe: Probe, draft: ProbeDraft): boolean {
  const parsed = parsedDraft(draft);
  if (!parsed.ok) return false;
  const target = probeEntry(draft.kind).target(parsed.settings as never);
  return target !== probe.target || draft.via !== (probe.via?.serverId ?? "");
}

/** The same, as the route's own types have it. */
const mutable = (settings: ProbeSettings): NewProbe["settings"] => ({ ...settings }) as NewProbe["settings"];
