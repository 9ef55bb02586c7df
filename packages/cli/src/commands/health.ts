import type { resources } from "@muster/protocol";
import type { Command } from "commander";
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
      .description("Show services that are not healthy; ends with 1 when there are any.")
      .addHelpText(
        "after",
        "\nWithout a name: those that are degraded or unhealthy, that failed or wait to be started again, and those whose" +
          "\nserver is not connected. A service that nobody checks is not among them. With a name: whatever its health is;" +
          "\nanything but healthy ends with 1.",
      ),
    shell,
    async ({ hub, options, colours, show }, name) => {
      const services = await readServices(hub, options);
      const named = name === undefined ? undefined : servicesCalled(name, services);
      if (name !== undefined && named?.length === 0) oneService(name, services);
      const shown = named ?? services.filter(isNotWell);
      const unwell = named === undefined ? shown : shown.filter(({ health }) => health !== "healthy");
      if (unwell.length > 0) exit(EXIT_NOT_HEALTHY);
      await show({ items: shown }, () =>
        shown.length === 0 ? `None of ${services.length} services is unwell.\n` : healthTable(shown, colours),
      );
    },
  );
}

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
