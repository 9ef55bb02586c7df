import { HEALTHS, RUN_STATES } from "@muster/core";
import type { Health, RunState } from "@muster/core";
import type { resources } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import type { CallOptions, HubClient } from "../client/hub-client.ts";
import { oneService, readServices, selectionOptions } from "../services/selection.ts";
import type { SelectionOptions } from "../services/selection.ts";
import { ledgerTable, serviceFields, serviceTable } from "../services/service-table.ts";
import type { Shell } from "../shell.ts";
import { renderTable } from "../terminal/table.ts";
import { watch } from "../terminal/watch.ts";
import { hubCommand, wholeNumber } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface ListOptions extends HubOptions, SelectionOptions {
  readonly state?: RunState;
  readonly health?: Health;
  readonly watch?: boolean;
}
interface LedgerOptions extends HubOptions, SelectionOptions {
  readonly limit?: string;
  readonly before?: string;
  readonly event?: string;
}

/** Lines of the ledger that `services show` has. */
const NEWEST_LINES = 10;

/** `services list | show | ledger | port-conflicts`. */
export function addServicesCommands(program: Command, shell: Shell): void {
  const services = program.command("services").description("What runs on the servers: units, containers, processes.");

  hubCommand<ListOptions>(
    selectionOptions(services.command("list", { isDefault: true }))
      .description("List services as their servers told them last.")
      .addOption(new Option("--state <state>", "only in this state").choices(RUN_STATES))
      .addOption(new Option("--health <health>", "only with this health").choices(HEALTHS))
      .option("--watch", "look again every two seconds; with --json one line of JSON a look"),
    shell,
    async (work) => {
      const { hub, options, colours, show } = work;
      const look = async (call: CallOptions = {}) => {
        const items = (await readServices(hub, options, call)).filter(
          ({ state, health }) =>
            (options.state === undefined || state === options.state) &&
            (options.health === undefined || health === options.health),
        );
        return { value: { items }, human: () => serviceTable(items, colours, shell.clock.now()) };
      };
      if (options.watch) return watch(work, (signal) => look({ signal }));
      const { value, human } = await look();
      await show(value, human);
    },
  );

  hubCommand<HubOptions & SelectionOptions>(
    selectionOptions(services.command("show <service>")).description(
      "Show one service and the newest lines of its ledger.",
    ),
    shell,
    async ({ hub, options, colours, show }, name = "") => {
      const service = oneService(name, await readServices(hub, options));
      const ledger = await readLedger(hub, service, { limit: NEWEST_LINES });
      await show({ service, ledger }, async () =>
        ledger.length === 0
          ? serviceFields(service, shell.clock.now())
          : `${serviceFields(service, shell.clock.now())}\n${await ledgerTable(ledger, colours)}`,
      );
    },
  );

  hubCommand<LedgerOptions>(
    selectionOptions(services.command("ledger <service>"))
      .description("Show what happened to a service and why, newest first.")
      .option("--limit <count>", "1 to 500 (default 50)")
      .option("--before <number>", "only lines with a lower number")
      .option("--event <event>", "only these, such as restarted, health, action or gave-up"),
    shell,
    async ({ hub, options, colours, show }, name = "") => {
      const { event } = options;
      const limit = wholeNumber("--limit", options.limit, 1, 500) ?? 50;
      const before = wholeNumber("--before", options.before, 1, Number.MAX_SAFE_INTEGER);
      const service = oneService(name, await readServices(hub, options));
      const items = await readLedger(hub, service, {
        limit,
        ...(before !== undefined && { before }),
        ...(event !== undefined && { event }),
      });
      await show({ items }, () => (items.length === 0 ? "Nothing is written down.\n" : ledgerTable(items, colours)));
    },
  );

  addPortConflictsCommand(services, shell);
}

/** Ports that several services of one server claim. */
function addPortConflictsCommand(services: Command, shell: Shell): void {
  hubCommand<HubOptions>(
    services.command("port-conflicts").description("List ports that several services of one server claim."),
    shell,
    async ({ hub, show }) => {
      const answer = await hub.call("GET /api/v1/port-conflicts");
      await show(answer, () =>
        answer.items.length === 0
          ? "No port is claimed twice.\n"
          : renderTable(
              [{ title: "server" }, { title: "port", align: "right" }, { title: "services" }],
              answer.items.map((conflict) => [
                conflict.server,
                String(conflict.port),
                conflict.services.map(({ name, driver }) => `${name} (${driver})`).join(", "),
              ]),
            ),
      );
    },
  );
}

async function readLedger(
  hub: HubClient,
  { id }: resources.Service,
  query: { readonly limit: number; readonly before?: number; readonly event?: string },
): Promise<readonly resources.LedgerEntryView[]> {
  return (await hub.call("GET /api/v1/services/{id}/ledger", { params: { id }, query })).items;
}
