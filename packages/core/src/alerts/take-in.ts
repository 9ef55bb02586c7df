import type { Instant } from "../time.ts";
import { advanceIncident, openIncident, takesIn } from "./incident.ts";
import type { Incident, IncidentEvent, Member, TimelineEntry } from "./incident.ts";
import type { Rule } from "./rule.ts";

/** Something began to be wrong by a rule, got worse, or ended. */
export interface IncidentEffect {
  readonly rule: Pick<Rule, "id" | "name">;
  readonly key: string;
  /** Undefined: it ended, for the reason told. */
  readonly member: Member | undefined;
  readonly why: string;
}

/** An incident as a turn makes it. */
export interface IncidentDraft {
  /** As it was; undefined for one that is new. */
  readonly before: Incident | undefined;
  incident: Incident;
  readonly entries: TimelineEntry[];
}

/** The incidents that can still change, as they are before a turn. */
export interface LiveIncidents {
  incident(id: string): Incident | undefined;
  /** The incident in which a key was last. */
  idWith(ruleId: string, key: string): string | undefined;
  newestOf(ruleId: string): string | undefined;
}

/** What becomes of incidents by what rules found, by their ids (rules AL9 to AL11). */
export function takeIn(
  effects: readonly IncidentEffect[],
  live: LiveIncidents,
  newId: () => string,
  at: Instant,
): Map<string, IncidentDraft> {
  const drafts = new Map<string, IncidentDraft>();
  const draftOf = (id: string | undefined): IncidentDraft | undefined => {
    const known = id === undefined ? undefined : drafts.get(id);
    const incident = id === undefined ? undefined : live.incident(id);
    if (known !== undefined || incident === undefined) return known;
    const draft: IncidentDraft = { before: incident, incident, entries: [] };
    drafts.set(incident.id, draft);
    return draft;
  };
  for (const [ruleId, ofRule] of Map.groupBy(effects, ({ rule }) => rule.id)) {
    let newest = live.newestOf(ruleId);
    const placed = new Map<string, string>();
    const idWith = (key: string): string | undefined => placed.get(key) ?? live.idWith(ruleId, key);
    const isTaking = (id: string | undefined, key: string): boolean => {
      const incident = id === undefined ? undefined : (drafts.get(id)?.incident ?? live.incident(id));
      return incident !== undefined && takesIn(incident, key, at);
    };
    // In the order in which they came: what ended and began again within one turn is wrong now.
    for (const run of runs(ofRule)) {
      const [first] = run;
      if (first?.member === undefined) {
        for (const [id, ended] of Map.groupBy(run, ({ key }) => idWith(key))) {
          const draft = draftOf(id);
          if (draft === undefined) continue;
          for (const [why, some] of Map.groupBy(ended, (one) => one.why))
            advanceDraft(draft, { is: "cleared", keys: some.map(({ key }) => key), why }, at);
        }
        continue;
      }
      const recent = newest;
      const taking = (key: string) => [idWith(key), recent].find((id) => isTaking(id, key));
      for (const [id, some] of Map.groupBy(run, ({ key }) => taking(key))) {
        const members = some.flatMap(({ member }) => member ?? []);
        let draft = draftOf(id);
        if (draft === undefined) {
          const { incident, entries } = openIncident(newId(), first.rule, members, at);
          draft = { before: undefined, incident, entries: [...entries] };
          drafts.set(incident.id, draft);
          newest = incident.id;
        } else advanceDraft(draft, { is: "fired", members }, at);
        for (const { key } of some) placed.set(key, draft.incident.id);
      }
    }
  }
  return drafts;
}

export function advanceDraft(draft: IncidentDraft, event: IncidentEvent, at: Instant): void {
  const { incident, entries } = advanceIncident(draft.incident, event, at);
  draft.incident = incident;
  draft.entries.push(...entries);
}

/** Effects in a row of which all begin, or all end. */
function runs(effects: readonly IncidentEffect[]): readonly (readonly IncidentEffect[])[] {
  const found: IncidentEffect[][] = [];
  for (const effect of effects) {
    const last = found.at(-1);
    if (last?.[0] !== undefined && (last[0].member === undefined) === (effect.member === undefined)) last.push(effect);
    else found.push([effect]);
  }
  return found;
}
