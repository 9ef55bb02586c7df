import type { Command } from "commander";
import type { Entries } from "../entries.ts";
import type { Shell } from "../shell.ts";

interface UpCommandOptions {
  readonly dataDir?: string;
}

/** `up`: a hub in this process, and this machine as its first server. */
export function addUpCommand(program: Command, shell: Shell, entries: Entries): void {
  program
    .command("up [settings...]")
    .description("Start a hub with everything built in, and join this machine as its first server.")
    .option(
      "--data-dir <directory>",
      "where data lives (MUSTER_DATA_DIR; default ~/.local/share/muster, for root /var/lib/muster)",
    )
    .allowUnknownOption()
    .addHelpText(
      "after",
      "\nEvery setting of `muster hub` can be given too, such as --listen 127.0.0.1:9000; see docs/config.md.",
    )
    .action(async (hubFlags: string[], options: UpCommandOptions) => {
      const { up } = await import("../up/up.ts");
      await up(shell, entries, { ...options, hubFlags });
    });
}
