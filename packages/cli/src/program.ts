import { Command } from "commander";
import { addActionsCommands } from "./commands/actions.ts";
import { addAuditCommands } from "./commands/audit.ts";
import { addCacheCommands } from "./commands/cache.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addDefinitionCommands } from "./commands/definitions.ts";
import { addHealthCommand } from "./commands/health.ts";
import { addImportCommand } from "./commands/import.ts";
import { addIncidentCommands } from "./commands/incidents.ts";
import { addJoinTokenCommands } from "./commands/join-token.ts";
import { addLoginCommands } from "./commands/login.ts";
import { addLogsCommand } from "./commands/logs.ts";
import { addMarzbanCommands } from "./commands/marzban.ts";
import { addMetricsCommands } from "./commands/metrics.ts";
import { addNamesCommand } from "./commands/names.ts";
import { addNotifyCommands } from "./commands/notify.ts";
import { addProcessCommands } from "./commands/processes.ts";
import { addProbeCommands } from "./commands/probes.ts";
import { addRuleCommands } from "./commands/rules.ts";
import { addServerActionCommands } from "./commands/server-actions.ts";
import { addRolloutCommands } from "./commands/rollouts.ts";
import { addServersCommands } from "./commands/servers.ts";
import { addRunCommands } from "./commands/runs.ts";
import { addSshKeyCommands } from "./commands/ssh-keys.ts";
import { addServiceCommands } from "./commands/service.ts";
import { addServiceVerbCommands } from "./commands/service-verbs.ts";
import { addServicesCommands } from "./commands/services.ts";
import { addSilenceCommands } from "./commands/silences.ts";
import { addSimulateCommand } from "./commands/simulate.ts";
import { addStatusPageCommands } from "./commands/status-pages.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addRetentionCommands, addStorageCommand } from "./commands/storage.ts";
import { addStoreCommands } from "./commands/store.ts";
import { addTaskCommands } from "./commands/tasks.ts";
import { addTokensCommands } from "./commands/tokens.ts";
import { addUpCommand } from "./commands/up.ts";
import { addUsersCommands } from "./commands/users.ts";
import { addVersionCommand } from "./commands/version.ts";
import type { Entries } from "./entries.ts";
import type { Shell } from "./shell.ts";
import { VERSION } from "./version.ts";

/** The whole command line. `exit` receives the codes of the programs that `hub` and `agent` start. */
export function createProgram(shell: Shell, entries: Entries, exit: (code: number) => void): Command {
  const program = new Command("muster")
    .description("Watch and run your servers from one place.")
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText("after", "\nExit codes are in docs/cli.md. NO_COLOR turns colours off.");
  // Subcommands copy these settings when they are made, so they come first.
  program.exitOverride().configureOutput({
    writeOut: (text) => shell.terminal.write(text),
    writeErr: (text) => shell.terminal.writeError(text),
    // What is wrong with the command line is a failure like any other, and is shown as one.
    outputError: () => undefined,
    getOutHelpWidth: () => shell.terminal.columns ?? 100,
    getErrHelpWidth: () => shell.terminal.columns ?? 100,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  program.commandsGroup("Run:");
  addUpCommand(program, shell, entries);
  addServiceCommands(program, shell, entries, exit);
  program.commandsGroup("Services:");
  addServicesCommands(program, shell);
  addServiceVerbCommands(program, shell);
  addLogsCommand(program, shell);
  addHealthCommand(program, shell, exit);
  addProcessCommands(program, shell);
  addServerActionCommands(program, shell, exit);
  addActionsCommands(program, shell);
  addRolloutCommands(program, shell);
  addCacheCommands(program, shell);
  addDefinitionCommands(program, shell);
  addProbeCommands(program, shell, exit);
  program.commandsGroup("Incidents:");
  addIncidentCommands(program, shell);
  addSilenceCommands(program, shell);
  addRuleCommands(program, shell, exit);
  addNotifyCommands(program, shell, exit);
  addStatusPageCommands(program, shell);
  program.commandsGroup("Tasks:");
  addTaskCommands(program, shell);
  addRunCommands(program, shell);
  program.commandsGroup("Operate:");
  addLoginCommands(program, shell);
  addStatusCommand(program, shell);
  addServersCommands(program, shell);
  addSshKeyCommands(program, shell);
  addImportCommand(program, shell);
  addMetricsCommands(program, shell);
  addMarzbanCommands(program, shell, exit);
  addStorageCommand(program, shell);
  addRetentionCommands(program, shell);
  addJoinTokenCommands(program, shell);
  addUsersCommands(program, shell);
  addTokensCommands(program, shell);
  addAuditCommands(program, shell, entries);
  addStoreCommands(program, shell, entries);
  program.commandsGroup("Other:");
  addSimulateCommand(program, shell);
  addCompletionCommand(program, shell);
  addNamesCommand(program, shell);
  addVersionCommand(program, shell);
  return program;
}
