import { isMusterError } from "@muster/core";
import type { RuleIds, RuleNames } from "@muster/core";
import type { HubClient } from "../client/hub-client.ts";
import { oneOf } from "./find.ts";
import type { Findable } from "./find.ts";
import type { OptionNames } from "./rule-options.ts";

/** Servers and notifiers, which rules mean by id and people by name. */
export interface NamedThings extends RuleIds, RuleNames, OptionNames {}

/** Reads both. Who may not see notifiers is shown their ids. */
export async function readNamedThings(hub: HubClient): Promise<NamedThings> {
  const servers = (await hub.call("GET /api/v1/servers")).items;
  const notifiers = await hub
    .call("GET /api/v1/notifiers")
    .then(({ items }) => items)
    .catch((error: unknown) => {
      if (isMusterError(error, "FORBIDDEN")) return [];
      throw error;
    });
  const nameIn = (items: readonly Findable[]) => (id: string) => items.find((one) => one.id === id)?.name ?? id;
  const idIn = (items: readonly Findable[]) => (name: string) =>
    (items.find(({ id }) => id === name) ?? items.find((one) => one.name === name))?.id;
  const idsIn = (items: readonly Findable[], what: string) => async (names: readonly string[]) =>
    names.map((name) => oneOf(items, name, what).id);
  return {
    serverName: nameIn(servers),
    notifierName: nameIn(notifiers),
    serverId: idIn(servers),
    notifierId: idIn(notifiers),
    serverIds: idsIn(servers, "server"),
    notifierIds: idsIn(notifiers, "notifier"),
  };
}
