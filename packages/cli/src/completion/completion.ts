import type { Command } from "commander";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import type { CompletionNode } from "./completion-node.ts";
import { zshScript } from "./zsh.ts";

export const SHELL_NAMES = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof SHELL_NAMES)[number];

/** Every command with its subcommands and long options, made from the program itself, so that the two cannot differ. */
export function completionTree(program: Command): readonly CompletionNode[] {
  const nodes: CompletionNode[] = [];
  const visit = (command: Command, path: readonly string[]): void => {
    const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
    nodes.push({
      path,
      words: [
        ...command.commands.map((child) => ({ word: child.name(), meaning: child.description() })),
        ...choices.map((word) => ({ word, meaning: "" })),
      ],
      flags: [
        ...command.options.flatMap((option) =>
          option.long ? [{ word: option.long, meaning: option.description }] : [],
        ),
        { word: "--help", meaning: "display help" },
      ],
    });
    for (const child of command.commands) visit(child, [...path, child.name()]);
  };
  visit(program, []);
  return nodes;
}

export function completionScript(shell: ShellName, nodes: readonly CompletionNode[]): string {
  if (shell === "bash") return bashScript(nodes);
  return shell === "zsh" ? zshScript(nodes) : fishScript(nodes);
}
