import { deadline } from "@muster/core";
import { Argument } from "commander";
import type { Command } from "commander";
import { NAMES_COMMAND } from "../completion/completion.ts";
import { NAMED } from "../completion/completion-node.ts";
import type { Named } from "../completion/completion-node.ts";
import { shortIds, shortName } from "../alerts/find.ts";
import type { CallOptions, HubClient } from "../client/hub-client.ts";
import { ALL_PROBES, REDIS_PROBES, VPN_PANELS } from "../probes/find-probe.ts";
import { serviceLabel } from "../services/selection.ts";
import type { Shell } from "../shell.ts";

/** Nobody waits longer for a key. */
const ANSWER_MS_MAX = 2_000;
/** What no shell takes for anything but text. */
const PLAIN = /^[A-Za-z0-9_@:.\\+][A-Za-z0-9_@:.\\+-]{0,255}$/;

const PROBES = { probes: ALL_PROBES, caches: REDIS_PROBES, panels: VPN_PANELS };

/** What has no name is called by the beginning of its id; a rule of the program by its short name, which has no spaces. */
const OTHERS = {
  incidents: async (hub, call) =>
    beginnings((await hub.call("GET /api/v1/incidents", { query: { state: "open" } }, call)).items),
  silences: async (hub, call) => beginnings((await hub.call("GET /api/v1/silences", { query: {} }, call)).items),
  rules: async (hub, call) =>
    (await hub.call("GET /api/v1/rules", {}, call)).items.map((rule) =>
      PLAIN.test(rule.name) ? rule.name : (shortName(rule) ?? rule.name),
    ),
  notifiers: async (hub, call) => (await hub.call("GET /api/v1/notifiers", {}, call)).items.map(({ name }) => name),
  tasks: async (hub, call) => {
    const { items } = await hub.call("GET /api/v1/tasks", {}, call);
    const short = shortIds(items);
    return items.map(({ id, name }) => (PLAIN.test(name) ? name : short(id)));
  },
  runs: async (hub, call) =>
    (await hub.call("GET /api/v1/runs", { query: { limit: 50 } }, call)).items.map(({ id }) => id),
} as const satisfies Partial<Record<Named, (hub: HubClient, call: CallOptions) => Promise<readonly string[]>>>;

const isOther = (what: Named): what is keyof typeof OTHERS => Object.hasOwn(OTHERS, what);

const beginnings = (items: readonly { readonly id: string }[]): readonly string[] =>
  items.map(({ id }) => id).map(shortIds(items));

/** `names services | servers | probes | …`: what completion scripts offer, a line each; nothing while the hub cannot be asked. */
export function addNamesCommand(program: Command, shell: Shell): void {
  program
    .command(NAMES_COMMAND, { hidden: true })
    .addArgument(new Argument("<what>").choices(NAMED))
    .action(async (what: Named) => {
      const limit = deadline(shell.clock, ANSWER_MS_MAX);
      try {
        const names = await namesOf(shell, what, limit.signal);
        shell.terminal.write(
          names
            .filter((name) => PLAIN.test(name))
            .map((name) => `${name}\n`)
            .join(""),
        );
      } catch {
        // Somebody is typing: an error in the middle of the line helps less than no offer.
      } finally {
        limit.done();
      }
    });
}

/** Of services those names that mean one; where several have it, with their servers. */
async function namesOf(shell: Shell, what: Named, signal: AbortSignal): Promise<readonly string[]> {
  const { connect } = await import("../client/connect.ts");
  const hub = connect(shell, {});
  if (what === "servers") return (await hub.call("GET /api/v1/servers", {}, { signal })).items.map(({ name }) => name);
  if (isOther(what)) return OTHERS[what](hub, { signal });
  if (what !== "services") return (await PROBES[what].read(hub, { signal })).map(({ name }) => name);
  const { items } = await hub.call("GET /api/v1/services", { query: {} }, { signal });
  const byName = Map.groupBy(items, ({ name }) => name);
  return [...byName].flatMap(([name, services]) => (services.length === 1 ? [name] : services.map(serviceLabel)));
}
