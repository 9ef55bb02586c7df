import { equals, filterOf, lower, meantBy } from "../../fleet/filter.ts";
import { isSeverity, isSnoozed } from "../../incidents/incident-state.ts";
import type { Incident } from "../../incidents/incidents-view.ts";

/**
 * The filter of the incidents, words joined by "and".
 *   `disk`             a part of what it is, its rule or a server
 *   `critical` or `severity:critical`; `acknowledged` `snoozed` `held` `reopened`; `server:web*` `rule:cpu`
 *   `-word` is the opposite; quotes keep spaces together
 */
export interface IncidentFilter {
  readonly matches: (incident: Incident, now: number) => boolean;
  /** Words that look like a field but are none; they match nothing. */
  readonly wrong: readonly string[];
}

type Test = (incident: Incident, now: number) => boolean;

const FIELDS: Readonly<Record<string, (incident: Incident, wanted: string) => boolean>> = {
  severity: ({ severity }, wanted) => severity === wanted,
  server: ({ servers }, wanted) => servers.some(({ name }) => equals(name, wanted)),
  rule: ({ rule }, wanted) => lower(rule).includes(wanted),
  by: ({ acknowledged }, wanted) => equals(acknowledged?.by ?? "", wanted),
};
const STATES: Readonly<Record<string, Test>> = {
  acknowledged: ({ acknowledged }) => acknowledged !== null,
  snoozed: isSnoozed,
  held: ({ isHeld }) => isHeld,
  reopened: ({ reopened }) => reopened > 0,
};

export const parseIncidentFilter = (text: string): IncidentFilter => filterOf(text, parseWord);

function parseWord(word: string): Test | undefined {
  const field = /^([a-z]+):(.*)$/.exec(word);
  const matches = field ? meantBy(FIELDS, field[1]!) : undefined;
  if (field && matches) {
    const wanted = field[2]!;
    const isSound = field[1] === "severity" ? isSeverity(wanted) : wanted !== "";
    return isSound ? (incident) => matches(incident, wanted) : undefined;
  }
  const state = meantBy(STATES, word);
  if (state) return state;
  if (isSeverity(word)) return ({ severity }) => severity === word;
  return ({ title, rule, servers }) =>
    [title, rule, ...servers.map(({ name }) => name)].some((text) => lower(text).includes(word));
}
