import { HOUR_MS } from "@muster/core";
import type { Severity } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { fromLocalInput, toLocalInput } from "../charts/local-input.ts";
import { parseLines } from "../components/parse-lines.ts";
import { parseTags } from "../components/parse-tags.ts";
import type { Incident } from "./incidents-view.ts";

/** What a new silence begins with. */
export interface SilenceMeant {
  readonly serverIds?: readonly string[];
  readonly ruleIds?: readonly string[];
  readonly probeIds?: readonly string[];
  readonly services?: readonly string[];
}

/** A silence as it stands in a form: times and lists are text, and may be wrong. */
export interface SilenceDraft {
  readonly serverIds: readonly string[];
  readonly ruleIds: readonly string[];
  readonly probeIds: readonly string[];
  readonly tags: string;
  /** One a line. */
  readonly services: string;
  /** Empty: all. */
  readonly severityMost: Severity | "";
  readonly reason: string;
  readonly begins: "now" | "later";
  readonly from: string;
  /** So long, or until a time of one's own. */
  readonly length: number | "custom";
  readonly until: string;
}

/** Lengths that are offered. */
export const SILENCE_MS = [HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS] as const;

export const newSilenceDraft = (meant: SilenceMeant, now: number): SilenceDraft => ({
  serverIds: meant.serverIds ?? [],
  ruleIds: meant.ruleIds ?? [],
  probeIds: meant.probeIds ?? [],
  tags: "",
  services: (meant.services ?? []).join("\n"),
  severityMost: "",
  reason: "",
  begins: "now",
  from: toLocalInput(Math.ceil(now / HOUR_MS) * HOUR_MS),
  length: HOUR_MS,
  until: toLocalInput(Math.ceil(now / HOUR_MS) * HOUR_MS + 2 * HOUR_MS),
});

/** What silences these incidents and as little else as can be said: their rules, on their servers or of their probes. */
export function meantBy(incidents: readonly Incident[]): SilenceMeant {
  const unique = (ids: readonly string[]): readonly string[] => [...new Set(ids)];
  // Everything that is named must fit, so a list that one of them is not in would not mean it.
  const everyHas = (read: (incident: Incident) => readonly string[]): readonly string[] =>
    incidents.every((incident) => read(incident).length > 0) ? unique(incidents.flatMap(read)) : [];
  const serverIds = everyHas(({ servers }) => servers.map(({ id }) => id));
  return {
    ruleIds: unique(incidents.map(({ ruleId }) => ruleId)),
    serverIds,
    probeIds: serverIds.length > 0 ? [] : everyHas(({ probeIds }) => probeIds),
  };
}

type NewSilence = RouteInput<"POST /api/v1/silences">["body"];

export type ParsedSilence =
  | { readonly ok: true; readonly body: NewSilence }
  /** Keys of texts, by input. */
  | { readonly ok: false; readonly problems: Readonly<Record<string, "nothingMeant" | "order" | "past" | "needed">> };

/** What the hub is told of a draft, or what is wrong with it. */
export function parseSilence(draft: SilenceDraft, now: number): ParsedSilence {
  const problems: Record<string, "nothingMeant" | "order" | "past" | "needed"> = {};
  const tags = parseTags(draft.tags);
  const services = parseLines(draft.services);
  const { serverIds, ruleIds, probeIds, severityMost } = draft;
  if ([serverIds, ruleIds, probeIds, tags, services].every((list) => list.length === 0))
    problems["matcher"] = "nothingMeant";
  if (draft.reason.trim() === "") problems["reason"] = "needed";
  const from = draft.begins === "now" ? now : fromLocalInput(draft.from);
  if (from === undefined) problems["from"] = "needed";
  const until = draft.length === "custom" ? fromLocalInput(draft.until) : (from ?? now) + draft.length;
  if (until === undefined) problems["until"] = "needed";
  else if (until <= now) problems["until"] = "past";
  else if (until <= (from ?? now)) problems["until"] = "order";
  if (Object.keys(problems).length > 0 || until === undefined) return { ok: false, problems };
  return {
    ok: true,
    body: {
      matcher: {
        serverIds: [...serverIds],
        ruleIds: [...ruleIds],
        probeIds: [...probeIds],
        tags,
        services,
        severityMost: severityMost === "" ? null : severityMost,
      },
      reason: draft.reason.trim(),
      ...(draft.begins === "later" && from !== undefined && { from: Math.round(from) }),
      until: Math.round(until),
    },
  };
}
