import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { bytes, span, utc } from "../terminal/formats.ts";
import { renderFields } from "../terminal/table.ts";
import { hubCommand } from "./options.ts";
import type { HubOptions } from "./options.ts";

/** `status`: the hub itself. */
export function addStatusCommand(program: Command, shell: Shell): void {
  hubCommand<HubOptions>(
    program.command("status").description("Show the hub: version, servers, storage, warnings."),
    shell,
    async ({ hub, colours, show }) => {
      const status = await hub.call("GET /api/v1/status");
      const { servers, storage } = status;
      await show(status, () => {
        const fields = renderFields([
          ["hub", `${hub.config.url.origin}, version ${status.version}`],
          ["up", `${span(status.now - status.startedAt)}, since ${utc(status.startedAt)}`],
          [
            "servers",
            `${servers.total}: ${servers.online} online, ${servers.stale} stale, ${servers.offline} offline, ${servers.pending} pending`,
          ],
          [
            "storage",
            `${storage.state}, ${bytes(storage.bytes)}, ${storage.seriesCount} series, ${storage.sampleCount} samples`,
          ],
        ]);
        return fields + status.warnings.map((warning) => `${colours.warning("warning")}: ${warning}\n`).join("");
      });
    },
  );
}
