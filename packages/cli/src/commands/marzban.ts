import type { Command } from "commander";
import { findProbe, VPN_PANELS } from "../probes/find-probe.ts";
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
        (await VPN_PANELS.read(hub)).map(({ id }) => hub.call("GET /api/v1/probes/{id}", { params: { id } })),
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
      const { id } = await findProbe(hub, name, VPN_PANELS);
      const answer = await hub.call("POST /api/v1/probes/{id}/run", { params: { id } });
      const { probe, result } = answer;
      if (result.health !== "healthy") exit(EXIT_NOT_HEALTHY);
      // What was found now, not what a streak of looks makes of it.
      const seen = { probe: { ...probe, health: result.health, detail: result.detail }, report: result.report };
      await show(answer, () => panelTables([seen], colours, shell.clock.now()));
    },
  );
}
