import { MusterError } from "@muster/core";
import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import { effectOptions, haveEffect, haveEffectOrFail } from "../actions/effect.ts";
import type { EffectOptions } from "../actions/effect.ts";
import { commandArguments } from "../actions/command-arguments.ts";
import { outcomeFailure } from "../actions/outcome-failure.ts";
import { printedText } from "../logs/log-text.ts";
import type { Shell } from "../shell.ts";
import { hubCommand, wrongOption } from "./options.ts";
import { findServer } from "./find-server.ts";

/** `reboot` and `exec`. */
export function addServerActionCommands(program: Command, shell: Shell, exit: (code: number) => void): void {
  hubCommand<EffectOptions>(
    effectOptions(program.command("reboot <server>"))
      .description("Reboot a server and wait until it is back from a new boot.")
      .option("--yes", "do not ask for the server's name"),
    shell,
    async (work, name = "") => {
      const server = await findServer(work.hub, name);
      await typedName(shell, work.options.yes, server);
      await haveEffectOrFail(work, { action: "server.reboot", targets: { servers: [server.id] } });
    },
  );

  hubCommand<EffectOptions>(
    effectOptions(program.command("exec <server> <command> [arguments...]"))
      .description("Run a command that the server's policy names, print what it prints and end as it ended.")
      .addHelpText(
        "after",
        "\nArguments are NAME=VALUE, as the policy declares them; `muster servers show` lists what a policy lets be run." +
          "\nEnds with the program's own exit code when it ran; otherwise 72 failed, 75 unknown, 77 refused.",
      ),
    shell,
    async (work, name = "", command = "", ...given) => {
      const { hub, options } = work;
      const server = await findServer(hub, name);
      const args = commandArguments(server, command, given);
      const [item] = await haveEffect(
        work,
        {
          action: "exec.run",
          args: { command, ...args },
          targets: { servers: [server.id] },
        },
        "error",
      );
      if (!options.json) shell.terminal.write(printedText(item?.output ?? ""));
      if (item?.state === "ended" && item.exit !== null) return exit(item.exit);
      const failure = outcomeFailure(item ? [item] : []);
      if (failure) throw failure;
    },
  );
}

/** Rebooting the wrong machine is typed, not clicked. Throws BAD_REQUEST when something else is typed or nobody can be asked. */
async function typedName(shell: Shell, yes: boolean | undefined, server: resources.Server): Promise<void> {
  if (yes) return;
  if (!shell.terminal.canAsk) throw wrongOption("--yes", "is needed where nobody can be asked");
  const answer = await shell.terminal.readLine(`Type the name of the server to reboot, ${server.name}: `, "echo");
  if (answer?.trim() === server.name) return;
  throw new MusterError("BAD_REQUEST", { message: "Nothing was changed: that is not its name." });
}
