import { isMusterError } from "@muster/core";
import type { ProbeView, resources } from "@muster/protocol";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { probeTable } from "../probes/probe-table.ts";
import { readServices, selectionOptions, servicesCalled, oneService } from "../services/selection.ts";
import type { SelectionOptions } from "../services/selection.ts";
import { healthCell, stateCell } from "../services/service-table.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { renderTable } from "../terminal/table.ts";
import { hubCommand } from "./options.ts";
import type { HubOptions } from "./options.ts";

type Service = resources.Service;

/** Not from the catalogue: nothing went wrong with the asking. */
const EXIT_NOT_HEALTHY = 1;

/** `health`: what is not well. Ends with 1 when anything is. */
export function addHealthCommand(program: Command, shell: Shell, exit: (code: number) => void): void {
  hubCommand<HubOptions & SelectionOptions>(
    selectionOptions(program.command("health [service]"))
      .description("Show services and probes that are not healthy; ends with 1 when there are any.")
      .addHelpText(
        "after",
        "\nWithout a name: probes and services that are degraded or unhealthy, services that failed or wait to be started" +
          "\nagain, and those whose server is not connected. A service that nobody checks is not among them. With a name:" +
          "\nwhatever its health is; anything but healthy ends with 1.",
      ),
    shell,
    async ({ hub, options, colours, show, note }, name) => {
      const services = await readServices(hub, options);
      const all = await readProbes(hub, options, note);
      const named = name === undefined ? undefined : servicesCalled(name, services);
      const namedProbes = all.filter((probe) => probe.name === name);
      if (name !== undefined && named?.length === 0 && namedProbes.length === 0) oneService(name, services);
      const shown = named ?? services.filter(isNotWell);
      const probes = name === undefined ? all.filter(isProbeNotWell) : namedProbes;
      const unwell = [...shown, ...probes].filter(({ health }) => named === undefined || health !== "healthy");
      if (unwell.length > 0) exit(EXIT_NOT_HEALTHY);
      await show({ items: shown, probes }, async () => {
        if (shown.length === 0 && probes.length === 0)
          return `None of ${services.length} services and ${all.length} probes is unwell.\n`;
        const tables = [
          ...(shown.length === 0 ? [] : [await healthTable(shown, colours)]),
          ...(probes.length === 0 ? [] : [await probeTable(probes, colours, shell.clock.now())]),
        ];
        return tables.join("\n");
      });
    },
  );
}

/** Those that the same options mean. A token that may not see probes still sees services. */
async function readProbes(
  hub: HubClient,
  { server, tag, driver, kind }: SelectionOptions,
  note: (text: string) => void,
): Promise<readonly ProbeView[]> {
  // What is asked of services by their driver or kind means no probe.
  if (driver !== undefined || kind !== undefined) return [];
  try {
    const { items } = await hub.call("GET /api/v1/probes", { query: {} });
    return items.filter(
      ({ about, tags }) =>
        (server === undefined || about?.name === server || about?.serverId === server) &&
        (tag === undefined || tags.includes(tag)),
    );
  } catch (error) {
    if (!isMusterError(error, "FORBIDDEN")) throw error;
    note("Probes are left out: this token has no right to read them (probes.read).");
    return [];
  }
}

const isProbeNotWell = ({ health, state }: ProbeView): boolean =>
  state === "active" && (health === "degraded" || health === "unhealthy");

const isNotWell = ({ health, state, isCurrent }: Service): boolean =>
  health === "degraded" || health === "unhealthy" || state === "failed" || state === "backing-off" || !isCurrent;

const healthTable = (services: readonly Service[], colours: Colours): Promise<string> =>
  renderTable(
    [{ title: "health" }, { title: "state" }, { title: "name" }, { title: "server" }, { title: "why" }],
    services.map((service) => [
      healthCell(service, colours),
      stateCell(service, colours),
      service.name,
      service.server,
      service.healthDetail || (service.isCurrent ? service.rawState : "the server is not connected"),
    ]),
  );
