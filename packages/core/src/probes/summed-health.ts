import { HEALTHS } from "../services/service.ts";
import type { Health, ServiceStatus } from "../services/service.ts";

/** How a probe stands that says something of a service. */
export interface ProbeStance {
  readonly name: string;
  /** What it is held to be. */
  readonly health: Health;
  /** What its last run said; empty where there was none. */
  readonly detail: string;
}

/**
 * The health of a service and of the probes about it together: the worst of what is known, and the detail says whose it
 * is. What is not known says nothing; where nothing is, it stays unknown.
 */
export function summedHealth(
  own: Pick<ServiceStatus, "health" | "healthDetail">,
  probes: readonly ProbeStance[],
): Pick<ServiceStatus, "health" | "healthDetail"> {
  const known = [own.health, ...probes.map(({ health }) => health)].filter((health) => health !== "unknown");
  const health = known.reduce<Health | undefined>(
    (worst, one) => (worst === undefined ? one : worse(worst, one)),
    undefined,
  );
  if (health === undefined || (health === "healthy" && own.health === "healthy")) return own;
  const details = [
    ...(own.health === health && own.healthDetail !== "" ? [own.healthDetail] : []),
    ...probes.filter((probe) => probe.health === health).map(stanceText),
  ];
  return { health, healthDetail: details.join("; ") };
}

const worse = (one: Health, other: Health): Health => (HEALTHS.indexOf(one) < HEALTHS.indexOf(other) ? other : one);

/** What a run of a healthy probe said differs each time, and nobody asks. */
const stanceText = ({ name, health, detail }: ProbeStance): string =>
  `probe ${name} is ${health}${detail === "" || health === "healthy" ? "" : `: ${detail}`}`;
