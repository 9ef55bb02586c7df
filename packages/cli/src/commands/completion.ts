import { Argument } from "commander";
import type { Command } from "commander";
import { completionScript, completionTree, SHELL_NAMES } from "../completion/completion.ts";
import type { ShellName } from "../completion/completion.ts";
import type { Shell } from "../shell.ts";

/** `completion bash | zsh | fish`: prints the script; the help says where it goes. */
export function addCompletionCommand(program: Command, shell: Shell): void {
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELL_NAMES))
    .description("Print a completion script for a shell.")
    .addHelpText(
      "after",
      [
        "",
        "Where it goes:",
        "  muster completion bash > ~/.local/share/bash-completion/completions/muster",
        '  muster completion zsh > "${fpath[1]}/_muster"',
        "  muster completion fish > ~/.config/fish/completions/muster.fish",
      ].join("\n"),
    )
    .action((name: ShellName) => shell.terminal.write(completionScript(name, completionTree(program))));
}
