import type { Clock } from "@muster/core";
import type { IncidentDesk } from "../../../alerts/incident-desk.ts";
import type { Fleet } from "../../../fleet/fleet.ts";
import type { JoinTokenStore } from "../../../fleet/join-token-store.ts";
import type { ServiceRegistry } from "../../../fleet/service-registry.ts";
import type { Links } from "../../../links/links.ts";
import type { RolloutDesk } from "../../../rollouts/rollout-desk.ts";
import type { ProbeDesk } from "../../../probes/probe-desk.ts";
import type { TaskDesk } from "../../../tasks/task-desk.ts";
import { actionsTopic } from "./actions-topic.ts";
import type { ActionsTopicDeps } from "./actions-topic.ts";
import { fleetTopic } from "./fleet-topic.ts";
import { incidentsTopic } from "./incidents-topic.ts";
import { joinTokenTopic } from "./join-token-topic.ts";
import { probesTopic } from "./probes-topic.ts";
import { processesTopic } from "./processes-topic.ts";
import { rolloutsTopic } from "./rollouts-topic.ts";
import { serverTopic } from "./server-topic.ts";
import { tasksTopic } from "./tasks-topic.ts";
import { ledgerTopic, servicesOfTopic, servicesTopic } from "./service-topics.ts";
import type { TopicSources } from "./topic-source.ts";

export interface TopicDeps extends ActionsTopicDeps {
  readonly fleet: Fleet;
  readonly links: Links;
  readonly joinTokens: JoinTokenStore;
  readonly services: ServiceRegistry;
  readonly probes: ProbeDesk;
  readonly incidents: IncidentDesk;
  readonly tasks: TaskDesk;
  readonly rollouts: RolloutDesk;
  readonly clock: Clock;
}

/** Every topic of the live socket. */
export const topicSources = (deps: TopicDeps): TopicSources => ({
  fleet: fleetTopic(deps),
  server: serverTopic(deps),
  processes: processesTopic(deps),
  "join-token": joinTokenTopic(deps),
  services: servicesTopic(deps),
  "services-of": servicesOfTopic(deps),
  ledger: ledgerTopic(deps),
  probes: probesTopic(deps),
  incidents: incidentsTopic(deps),
  tasks: tasksTopic(deps),
  rollouts: rolloutsTopic(deps),
  actions: actionsTopic(deps),
});
