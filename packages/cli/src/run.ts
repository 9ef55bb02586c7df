import { CommanderError } from "commander";
import { ERRORS, MusterError } from "@muster/core";
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
    // Help and version end the run too, and are no failure; help in place of a missing command has been shown.
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === "commander.help"))
      return error.exitCode === 0 ? 0 : ERRORS.BAD_REQUEST.exit;
    const thrown = error instanceof CommanderError ? wrongCommandLine(error) : error;
    const failure = describeFailure(thrown);
    shell.terminal.writeError(
      argv.includes("--json")
        ? `${JSON.stringify({ error: failure }, null, 2)}\n`
        : renderFailure(failure, coloursFor("error", shell.terminal, shell.env)),
    );
    return exitCodeFor(thrown);
  } finally {
    shell.terminal.close();
  }
}

const wrongCommandLine = ({ message }: CommanderError): MusterError =>
  new MusterError("BAD_REQUEST", { message: message.replace(/^error: /, "") });
