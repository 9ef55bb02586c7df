import { CommanderError } from "commander";
import { ERRORS } from "@muster/core";
import type { Entries } from "./entries.ts";
import { describeFailure, exitCodeFor, renderFailure } from "./failures.ts";
import { createProgram } from "./program.ts";
import type { Shell } from "./shell.ts";
import { coloursFor } from "./terminal/colours.ts";

/**
 * Runs one command line (without the program's own name) and gives the exit code. Failures are shown on standard error:
 * a sentence for people, or with `--json` the same as JSON. Nothing is thrown.
 */
export async function run(argv: readonly string[], shell: Shell, entries: Entries): Promise<number> {
  let code = 0;
  const program = createProgram(shell, entries, (given) => (code = given));
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    // Commander has told the user already. Help and version end the run too, and are no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ERRORS.BAD_REQUEST.exit;
    const failure = describeFailure(error);
    shell.terminal.writeError(
      argv.includes("--json")
        ? `${JSON.stringify({ error: failure }, null, 2)}\n`
        : renderFailure(failure, coloursFor("error", shell.terminal, shell.env)),
    );
    return exitCodeFor(error);
  } finally {
    shell.terminal.close();
  }
}
