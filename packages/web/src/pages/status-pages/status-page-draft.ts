import { STATUS_PAGE_SLUG, thingKey } from "@muster/core";
import type { StatusPageItem, StatusPageLanguage, StatusPageThing } from "@muster/core";
import type { RouteInput, StatusPageView } from "@muster/protocol";
import { fromLocalInput, toLocalInput } from "../../charts/local-input.ts";

/** A status page as it stands in a form: texts, which may be wrong. */
export interface StatusPageDraft {
  readonly slug: string;
  readonly name: string;
  readonly isEnabled: boolean;
  readonly language: StatusPageLanguage;
  readonly text: string;
  readonly announced: "nothing" | "note" | "maintenance";
  readonly announcement: string;
  /** A local time; empty: until it is taken away. */
  readonly until: string;
  readonly showsIncidents: boolean;
  readonly showsHours: boolean;
  readonly showsDays: boolean;
  readonly items: readonly StatusPageItem[];
}

export type StatusPageBody = RouteInput<"POST /api/v1/status-pages">["body"];

export const newStatusPageDraft = (language: StatusPageLanguage): StatusPageDraft => ({
  ...{ slug: "", name: "", isEnabled: false, language, text: "" },
  ...{ announced: "nothing", announcement: "", until: "" },
  ...{ showsIncidents: true, showsHours: false, showsDays: true, items: [] },
});

export const draftOfStatusPage = ({ announcement, items, ...page }: StatusPageView): StatusPageDraft => ({
  ...{ slug: page.slug, name: page.name, isEnabled: page.isEnabled, language: page.language, text: page.text },
  ...{ showsIncidents: page.showsIncidents, showsHours: page.showsHours, showsDays: page.showsDays },
  announced: announcement?.kind ?? "nothing",
  announcement: announcement?.text ?? "",
  until: announcement === null || announcement.until === null ? "" : toLocalInput(announcement.until),
  items: items.map(({ kind, id, name }) => ({ kind, id, name })),
});

/** What is wrong, by input; sentences as the hub says them. */
export function problemsOfStatusPage(draft: StatusPageDraft): Readonly<Record<string, string>> {
  const { slug, name, announced, announcement, until, items } = draft;
  return {
    ...(!STATUS_PAGE_SLUG.test(slug) && { slug: "must be 1 to 64 small letters, digits and hyphens" }),
    ...(name.trim() === "" && { name: "is needed" }),
    ...(announced !== "nothing" && announcement.trim() === "" && { announcement: "is needed" }),
    ...(announced !== "nothing" && until !== "" && fromLocalInput(until) === undefined && { until: "Invalid time" }),
    ...Object.fromEntries(
      items.flatMap((item) => (item.name.trim() === "" ? [[`items.${thingKey(item)}`, "is needed"] as const] : [])),
    ),
  };
}

export const bodyOfStatusPage = (draft: StatusPageDraft): StatusPageBody => {
  const { announced, announcement, until, items, ...page } = draft;
  return {
    ...page,
    announcement:
      announced === "nothing"
        ? null
        : { kind: announced, text: announcement, until: until === "" ? null : (fromLocalInput(until) ?? null) },
    items: items.map((item) => ({ ...item })),
  };
};

/** The things of one kind that are ticked; one that is new is called as it is inside, until somebody calls it otherwise. */
export function withThings(
  items: readonly StatusPageItem[],
  kind: StatusPageThing,
  ids: readonly string[],
  nameOf: (id: string) => string,
): readonly StatusPageItem[] {
  const kept = items.filter((item) => item.kind !== kind || ids.includes(item.id));
  const added = ids.filter((id) => !kept.some((item) => item.kind === kind && item.id === id));
  return [...kept, ...added.map((id) => ({ kind, id, name: nameOf(id).slice(0, 100) }))];
}

/** One of them a place further up; the first one stays. */
export const movedUp = <T>(items: readonly T[], index: number): readonly T[] =>
  index === 0
    ? items
    : items.flatMap((item, at) => (at === index - 1 ? [items[index]!, item] : at === index ? [] : [item]));
