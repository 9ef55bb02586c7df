import { equals, filterOf, lower, meantBy, numberTest } from "../../fleet/filter.ts";
import { daysUntil, isHealth, isInMaintenance } from "../../probes/probe-state.ts";
import type { Probe } from "../../probes/probes-view.ts";

/**
 * The filter of the probes, words joined by "and".
 *   `shop`             a part of name, target, kind, tag or server
 *   `health:unhealthy` or the bare word; `paused` `maintenance`; `kind:http` `tag:prod` `about:web1` `via:gate` `name:x` `target:10.0`
 *   `took>200` `cert<14`   milliseconds, days
 *   `-word` is the opposite; quotes keep spaces together
 */
export interface ProbeFilter {
  readonly matches: (probe: Probe, now: number) => boolean;
  /** Words that look like a comparison or a field but are none; they match nothing. */
  readonly wrong: readonly string[];
}

type Test = (probe: Probe, now: number) => boolean;

const FIELDS: Readonly<Record<string, (probe: Probe, wanted: string) => boolean>> = {
  health: (probe, wanted) => probe.state === "active" && probe.health === wanted,
  kind: (probe, wanted) => equals(probe.kind, wanted),
  tag: (probe, wanted) => probe.tags.some((tag) => equals(tag, wanted)),
  about: ({ about }, wanted) => equals(about?.name ?? "", wanted) || equals(about?.service?.name ?? "", wanted),
  via: (probe, wanted) => equals(probe.via?.name ?? "", wanted),
  name: (probe, wanted) => lower(probe.name).includes(wanted),
  target: (probe, wanted) => lower(probe.target).includes(wanted),
};
const NUMBERS: Readonly<Record<string, (probe: Probe, now: number) => number | null>> = {
  took: ({ tookMs }) => tookMs,
  cert: ({ certificateUntil }, now) => (certificateUntil === null ? null : daysUntil(certificateUntil, now)),
};

export const parseProbeFilter = (text: string): ProbeFilter => filterOf(text, parseWord);

function parseWord(word: string): Test | undefined {
  const comparison = /^([a-z]+)(>=|<=|>|<|=)(.*)$/.exec(word);
  const read = comparison ? meantBy(NUMBERS, comparison[1]!) : undefined;
  if (comparison && read) {
    const holds = numberTest(comparison[2]!, comparison[3]!);
    return holds && ((probe, now) => holds(read(probe, now)));
  }
  const field = /^([a-z]+):(.*)$/.exec(word);
  const matches = field ? meantBy(FIELDS, field[1]!) : undefined;
  if (field && matches) {
    const wanted = field[2]!;
    const isSound = field[1] === "health" ? isHealth(wanted) : wanted !== "";
    return isSound ? (probe) => matches(probe, wanted) : undefined;
  }
  if (word === "paused") return ({ state }) => state === "paused";
  if (word === "maintenance") return isInMaintenance;
  if (isHealth(word)) return ({ state, health }) => state === "active" && health === word;
  return (probe) => contains(probe, word);
}

const contains = ({ name, target, kind, tags, about, via }: Probe, word: string): boolean =>
  [name, target, kind, ...tags, about?.name ?? "", about?.service?.name ?? "", via?.name ?? ""].some((text) =>
    lower(text).includes(word),
  );
