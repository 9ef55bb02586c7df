import { HEALTHS, RUN_STATES } from "@muster/core";
import type { Health, RunState } from "@muster/core";
import type { Service } from "./services-view.ts";

/** Words that are filters at the top of the list, those that need somebody first. */
export const COUNTED = ["failed", "backing-off", "unhealthy", "degraded", "running", "stopped"] as const;
export type Counted = (typeof COUNTED)[number];
export type ServiceCounts = Readonly<Record<Counted | "total", number>>;

/** Trouble first. */
const STATE_RANK: Readonly<Record<RunState, number>> = {
  failed: 0,
  "backing-off": 1,
  starting: 2,
  stopping: 3,
  paused: 4,
  unknown: 5,
  running: 6,
  stopped: 7,
};
const HEALTH_RANK: Readonly<Record<Health, number>> = { unhealthy: 0, degraded: 1, unknown: 2, healthy: 3 };

/** What runs badly needs somebody sooner than what does not run on purpose. */
export function stateRank({ state, health }: Pick<Service, "state" | "health">): number {
  if (state !== "running") return STATE_RANK[state];
  return health === "unhealthy" ? 1.25 : health === "degraded" ? 1.5 : STATE_RANK.running;
}
export const healthRank = ({ health }: Service): number => HEALTH_RANK[health];

export const isRunState = (word: string): word is RunState => RUN_STATES.some((state) => state === word);
export const isHealth = (word: string): word is Health => HEALTHS.some((health) => health === word);

/** How many services stand how; one may be counted by its state and by its health. */
export function countServices(services: Iterable<Service>): ServiceCounts {
  const counts = { total: 0, failed: 0, "backing-off": 0, unhealthy: 0, degraded: 0, running: 0, stopped: 0 };
  for (const { state, health } of services) {
    counts.total++;
    if (state in counts) counts[state as Counted]++;
    if (health in counts) counts[health as Counted]++;
  }
  return counts;
}

/** Why it stands as it does, in the words of the server; empty when there is nothing to say. */
export function whyOf(service: Service): string {
  const { state, health, healthDetail, lastExit, rawState } = service;
  if ((health === "unhealthy" || health === "degraded") && healthDetail !== "") return healthDetail;
  if (lastExit && state !== "running" && state !== "starting") return exitText(lastExit);
  return rawState;
}

/** `exit 137 (out of memory)`, `SIGKILL`: the words of an operating system, the same in every language. */
export function exitText(exit: NonNullable<Service["lastExit"]>): string {
  const how = exit.signal ?? (exit.code === null ? "" : `exit ${exit.code}`);
  if (exit.detail === "") return how;
  return how === "" ? exit.detail : `${how} (${exit.detail})`;
}
