import { equals, filterOf, lower, meantBy, numberTest } from "../fleet/filter.ts";
import { isHealth, isRunState } from "./service-state.ts";
import type { Service } from "./services-view.ts";

/**
 * The filter of the services, words joined by "and".
 *   `nginx`            a part of name, description, server, driver, kind or group
 *   `state:failed` `health:unhealthy` or the bare word; `driver:systemd` `kind:backend` `group:shop` `server:web1` `name:x` `port:8080`
 *   `cpu>50` `memory>=100M` `restarts>3`   per cent of one core, bytes, times
 *   `-word` is the opposite; quotes keep spaces together
 */
export interface ServiceFilter {
  readonly matches: (service: Service) => boolean;
  /** Words that look like a comparison or a field but are none; they match nothing. */
  readonly wrong: readonly string[];
}

type Test = (service: Service) => boolean;

const FIELDS: Readonly<Record<string, (service: Service, wanted: string) => boolean>> = {
  state: (service, wanted) => service.state === wanted,
  health: (service, wanted) => service.health === wanted,
  driver: (service, wanted) => equals(service.driver, wanted),
  kind: (service, wanted) => equals(service.kind, wanted),
  group: (service, wanted) => equals(service.group, wanted),
  server: (service, wanted) => equals(service.server, wanted),
  name: (service, wanted) => lower(service.name).includes(wanted),
  port: (service, wanted) => service.ports.some((port) => String(port) === wanted),
};
const NUMBERS: Readonly<Record<string, (service: Service) => number | null>> = {
  cpu: ({ cpuRatio }) => (cpuRatio === null ? null : cpuRatio * 100),
  memory: ({ memoryBytes }) => memoryBytes,
  restarts: ({ restarts }) => restarts,
};

export const parseServiceFilter = (text: string): ServiceFilter => filterOf(text, parseWord);

function parseWord(word: string): Test | undefined {
  const comparison = /^([a-z]+)(>=|<=|>|<|=)(.*)$/.exec(word);
  if (comparison) {
    const read = meantBy(NUMBERS, comparison[1]!);
    const holds = numberTest(comparison[2]!, comparison[3]!);
    return read && holds && ((service) => holds(read(service)));
  }
  const field = /^([a-z]+):(.*)$/.exec(word);
  const matches = field ? meantBy(FIELDS, field[1]!) : undefined;
  if (field && matches) {
    const wanted = field[2]!;
    const isSound =
      field[1] === "state" ? isRunState(wanted) : field[1] === "health" ? isHealth(wanted) : wanted !== "";
    return isSound ? (service) => matches(service, wanted) : undefined;
  }
  // `unknown` is a state and a health; the bare word means either.
  if (isRunState(word) || isHealth(word)) return ({ state, health }) => state === word || health === word;
  return (service) => contains(service, word);
}

const contains = (service: Service, word: string): boolean =>
  [service.name, service.description, service.server, service.driver, service.kind, service.group].some((text) =>
    lower(text).includes(word),
  );
