import { MusterError, probeEntry } from "@muster/core";
import type { ProbeView } from "@muster/protocol";
import type { Command } from "commander";
import type { CallOptions, HubClient } from "../client/hub-client.ts";
import { panelTables } from "../probes/panel-table.ts";
import type { Shell } from "../shell.ts";
import { hubCommand } from "./options.ts";
import type { HubOptions } from "./options.ts";

/** Not from the catalogue: nothing went wrong with the asking. */
const EXIT_NOT_HEALTHY = 1;

/** `marzban list | check`: VPN panels of all four products. */
export function addMarzbanCommands(program: Command, shell: Shell, exit: (code: number) => void): void {
  const marzban = program
    .command("marzban")
    .description("VPN panels that probes look at: Marzban, PasarGuard, Marzneshin, Remnawave.");

  hubCommand<HubOptions>(
    marzban.command("list", { isDefault: true }).description("List panels and their nodes as they were seen last."),
    shell,
    async ({ hub, colours, show }) => {
      const items = await Promise.all(
        (await panelsOf(hub)).map(({ id }) => hub.call("GET /api/v1/probes/{id}", { params: { id } })),
      );
      await show({ items }, () => panelTables(items, colours, shell.clock.now()));
    },
  );

  hubCommand<HubOptions>(
    marzban
      .command("check <panel>")
      .description("Look at one panel now, by name or id; ends with 1 when this look finds it anything but healthy."),
    shell,
    async ({ hub, colours, show }, name = "") => {
      const { id } = panelNamed(name, await panelsOf(hub));
      const answer = await hub.call("POST /api/v1/probes/{id}/run", { params: { id } });
      const { probe, result } = answer;
      if (result.health !== "healthy") exit(EXIT_NOT_HEALTHY);
      // What was found now, not what a streak of looks makes of it.
      const seen = { probe: { ...probe, health: result.health, detail: result.detail }, report: result.report };
      await show(answer, () => panelTables([seen], colours, shell.clock.now()));
    },
  );
}

/** The probes that look at VPN panels. */
export const panelsOf = async (hub: HubClient, call: CallOptions = {}): Promise<readonly ProbeView[]> =>
  (await hub.call("GET /api/v1/probes", { query: {} }, call)).items.filter(
    ({ kind }) => probeEntry(kind).group === "panel",
  );

/** Throws NOT_FOUND with the names that there are. */
function panelNamed(wanted: string, panels: readonly ProbeView[]): ProbeView {
  const found = panels.find(({ id }) => id === wanted) ?? panels.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = panels.slice(0, 10).map(({ name }) => name);
  const hint = names.length > 0 ? ` There are: ${names.join(", ")}.` : "";
  throw new MusterError("NOT_FOUND", { message: `There is no VPN panel called ${wanted}.${hint}` });
}
