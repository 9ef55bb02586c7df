import type { Kysely } from "kysely";
import * as createFirstTables from "./0001_create_first_tables.ts";
import * as createActions from "./0002_create_actions.ts";
import * as createServices from "./0003_create_services.ts";
import * as createLinks from "./0004_create_links.ts";
import * as bindJoinTokens from "./0005_bind_join_tokens.ts";
import * as keepChannelLists from "./0006_keep_channel_lists.ts";
import * as createProbes from "./0007_create_probes.ts";
import * as nameProbedServices from "./0008_name_probed_services.ts";
import * as createIncidents from "./0009_create_incidents.ts";
import * as createTelegram from "./0010_create_telegram.ts";
import * as createTasks from "./0011_create_tasks.ts";
import * as createRollouts from "./0012_create_rollouts.ts";
import * as createStatusPages from "./0013_create_status_pages.ts";
import * as createServerParents from "./0014_create_server_parents.ts";
import * as tellOfHubNetwork from "./0015_tell_of_hub_network.ts";
import * as countRefusals from "./0016_count_refusals.ts";
import * as nameRuleOwners from "./0017_name_rule_owners.ts";

export interface Migration {
  readonly name: string;
  up(db: Kysely<never>): Promise<void>;
}

/** In order; the number of the last one is the version of the schema. Every step so far must not be opened by an older program. */
export const MIGRATIONS: readonly Migration[] = [
  { name: "0001_create_first_tables", up: createFirstTables.up },
  { name: "0002_create_actions", up: createActions.up },
  { name: "0003_create_services", up: createServices.up },
  { name: "0004_create_links", up: createLinks.up },
  { name: "0005_bind_join_tokens", up: bindJoinTokens.up },
  { name: "0006_keep_channel_lists", up: keepChannelLists.up },
  { name: "0007_create_probes", up: createProbes.up },
  { name: "0008_name_probed_services", up: nameProbedServices.up },
  { name: "0009_create_incidents", up: createIncidents.up },
  { name: "0010_create_telegram", up: createTelegram.up },
  { name: "0011_create_tasks", up: createTasks.up },
  { name: "0012_create_rollouts", up: createRollouts.up },
  { name: "0013_create_status_pages", up: createStatusPages.up },
  { name: "0014_create_server_parents", up: createServerParents.up },
  { name: "0015_tell_of_hub_network", up: tellOfHubNetwork.up },
  { name: "0016_count_refusals", up: countRefusals.up },
  { name: "0017_name_rule_owners", up: nameRuleOwners.up },
];
