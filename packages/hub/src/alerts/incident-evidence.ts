import { deadline, HOUR_MS, isCounterMetric, isMusterError, metricText, MINUTE_MS, wrongMembers } from "@muster/core";
import type { Clock, Incident, Logger, ServiceKey, Subject } from "@muster/core";
import type { ActionView, DeploymentView, EvidenceView } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceRegistry } from "../fleet/service-registry.ts";
import type { MetricReader } from "../metrics/metric-store.ts";
import type { IncidentStore } from "./incident-store.ts";

export interface EvidenceDeps {
  readonly store: IncidentStore;
  readonly fleet: Pick<Fleet, "get" | "presenceOf">;
  readonly services: Pick<ServiceRegistry, "select" | "view">;
  readonly metrics: Pick<MetricReader, "query">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly processes: (serverId: string, limit: number, signal: AbortSignal) => Promise<EvidenceView["processes"]>;
  readonly lastLines: (serverId: string, service: ServiceKey, signal: AbortSignal) => Promise<EvidenceView["logLines"]>;
  /** The lines that the incident's rule counted; undefined where it counts none. */
  readonly countedLines: (ruleId: string, subject: Subject) => EvidenceView["logLines"] | undefined;
  readonly recentActions: (serverId: string, limit: number) => Promise<readonly ActionView[]>;
  /** What was done to the agent of a server: put there, upgraded, taken away. */
  readonly deployments: (serverId: string) => readonly DeploymentView[];
}

/** What an operator may do about an incident, through the same door as everything else. */
export interface Suggestion {
  readonly action: "service.restart" | "service.start" | "service.reset";
  readonly serverId: string;
  readonly serviceId: string;
  readonly service: string;
}

const BEFORE_MS = 30 * MINUTE_MS;
const STEP_MS = 30_000;
const SERIES_MAX = 6;
const PROCESSES_MAX = 10;
const ACTIONS_MAX = 10;
const ACTIONS_OF_MS = 2 * HOUR_MS;
const SIMILAR_MAX = 5;
const GATHERED_WITHIN_MS = 10_000;
const SUGGESTIONS_MAX = 10;
/** What is looked at beside what is wrong: whoever is asked why a machine is ill begins there. */
const USUAL = ["cpu_busy_ratio", "memory_used_ratio", "load1", "pressure_ratio"];

/** Takes down what was to be seen when an incident opened: part by part, and what could not be had with its reason. */
export class IncidentEvidence {
  readonly #deps: EvidenceDeps;
  readonly #gathering = new Set<Promise<void>>();
  readonly #ending = new AbortController();

  constructor(deps: EvidenceDeps) {
    this.#deps = deps;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#gathering);
  }

  /** Null while nothing was gathered. */
  async of(incidentId: string): Promise<EvidenceView | null> {
    const text = await this.#deps.store.evidence(incidentId);
    return text === null ? null : (JSON.parse(text) as EvidenceView);
  }

  /** Begins to gather, and keeps what it has when all parts have answered or their time is over. */
  gather(incident: Incident): void {
    const gathering = this.#gather(incident)
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#deps.log.error("evidence could not be kept", { error });
      })
      .finally(() => this.#gathering.delete(gathering));
    this.#gathering.add(gathering);
  }

  /** A unit that has failed or does not answer may be started anew. */
  suggestions(incident: Incident): Suggestion[] {
    const { services } = this.#deps;
    return wrongMembers(incident)
      .flatMap(({ subject: { serverId, service } }): readonly Suggestion[] => {
        if (serverId === null || service === null) return [];
        const [found] = services.select({ serverIds: [serverId], ...service });
        if (found === undefined) return [];
        const { verbs } = services.view(found.id);
        const verb = verbs.includes("restart") ? "restart" : verbs.includes("start") ? "start" : undefined;
        return verb === undefined
          ? []
          : [{ action: `service.${verb}`, serverId, serviceId: found.id, service: service.name }];
      })
      .slice(0, SUGGESTIONS_MAX);
  }

  async #gather(incident: Incident): Promise<void> {
    const { clock, fleet, store, processes, lastLines } = this.#deps;
    const [first] = wrongMembers(incident);
    if (first === undefined) return;
    const { serverId, service } = first.subject;
    const counted = this.#deps.countedLines(incident.ruleId, first.subject);
    const missing: string[] = [];
    const limit = deadline(clock, GATHERED_WITHIN_MS, this.#ending.signal);
    const part = async <T>(name: string, none: T, get: () => Promise<T>): Promise<T> => {
      try {
        return await get();
      } catch (error) {
        missing.push(
          `${name}: ${isMusterError(error) ? error.message : "not in time, or the hub's log has the cause"}`,
        );
        if (!isMusterError(error) && !limit.signal.aborted)
          this.#deps.log.error("a part of an incident's evidence failed", { part: name, error });
        return none;
      }
    };
    try {
      const server = serverId === null ? undefined : fleet.get(serverId);
      const isThere = server !== undefined && fleet.presenceOf(server).is === "online";
      const now = clock.now();
      const [series, top, lines, actions, similar] = await Promise.all([
        part("series", [], () => this.#series(incident, limit.signal)),
        serverId !== null && isThere
          ? part("processes", [], () => processes(serverId, PROCESSES_MAX, limit.signal))
          : [],
        counted === undefined && serverId !== null && service !== null && isThere
          ? part("log", [], () => lastLines(serverId, service, limit.signal))
          : (counted ?? []),
        serverId === null ? [] : part("actions", [], () => this.#done(serverId)),
        part("similar incidents", [], () => store.similar(incident, SIMILAR_MAX)),
      ]);
      const evidence: EvidenceView = {
        ...{ at: now, series, processes: top, logLines: lines, missing },
        actions: [...actions],
        similar: similar.map(({ id, ruleName, members, openedAt, resolvedAt }) => ({
          ...{ id, title: members[0]?.title ?? ruleName, openedAt, resolvedAt },
        })),
      };
      await store.keepEvidence(incident.id, JSON.stringify(evidence));
    } finally {
      limit.done();
    }
  }

  /** What was done to a server lately, newest first. */
  async #done(serverId: string): Promise<EvidenceView["actions"]> {
    const { clock, recentActions, deployments } = this.#deps;
    const actions = await recentActions(serverId, ACTIONS_MAX);
    return [...actions.map(actionLine), ...deployments(serverId).map(deploymentLine)]
      .filter(({ at }) => clock.now() - at < ACTIONS_OF_MS)
      .toSorted((one, other) => other.at - one.at)
      .slice(0, ACTIONS_MAX);
  }

  async #series(incident: Incident, signal: AbortSignal): Promise<EvidenceView["series"]> {
    const { clock, metrics } = this.#deps;
    const until = Math.ceil(clock.now() / STEP_MS) * STEP_MS;
    const range = { from: until - BEFORE_MS, until };
    const found: EvidenceView["series"] = [];
    const add = async (ownerId: string, metric: string, labels: Readonly<Record<string, string>>): Promise<void> => {
      if (found.length >= SERIES_MAX) return;
      const step = isCounterMetric(metric) ? ("rate" as const) : ("avg" as const);
      const select = [{ metric, match: labels, step }];
      const lines = await metrics.query(
        { serverIds: [ownerId], select, range, stepMs: STEP_MS, pointsMax: 10_000 },
        signal,
      );
      for (const line of lines.slice(0, SERIES_MAX - found.length))
        found.push({
          ...{ title: metricText(metric, line.labels), metric, from: range.from, stepMs: STEP_MS },
          values: [...line.values].map((value) => (Number.isFinite(value) ? value : null)),
        });
    };
    for (const { subject } of wrongMembers(incident).slice(0, SERIES_MAX)) {
      const { serverId, probeId, metric, labels } = subject;
      if (probeId !== null) await add(probeId, "probe_duration_seconds", {});
      else if (serverId !== null && metric !== null) await add(serverId, metric, labels);
    }
    const serverId = incident.members[0]?.subject.serverId ?? null;
    const shown = new Set(found.map(({ metric }) => metric));
    for (const metric of USUAL) if (serverId !== null && !shown.has(metric)) await add(serverId, metric, {});
    return found;
  }
}

const actionLine = ({ askedAt, actor, action, args, outcome }: ActionView): EvidenceView["actions"][number] => ({
  ...{ at: askedAt, by: actor, action, target: typeof args["name"] === "string" ? args["name"] : "", outcome },
});

const deploymentLine = ({ askedAt, actor, action, state }: DeploymentView): EvidenceView["actions"][number] => ({
  ...{ at: askedAt, by: actor, action: `agent.${action}`, target: "" },
  outcome: state === "succeeded" || state === "failed" ? state : null,
});
