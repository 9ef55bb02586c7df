import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { VERSION } from "../version.ts";
import { localCommand } from "./options.ts";

/** `version`: of this program and of the Node that runs it. */
export function addVersionCommand(program: Command, shell: Shell): void {
  localCommand(program.command("version").description("Show the version of this program."), shell, async ({ show }) => {
    await show({ version: VERSION, node: process.versions.node }, () => `muster ${VERSION}\n`);
  });
}
