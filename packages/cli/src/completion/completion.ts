import type { Command } from "commander";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import type { CompletionNode, Named } from "./completion-node.ts";
import { zshScript } from "./zsh.ts";

/** The command that scripts call, which no person needs. */
export const NAMES_COMMAND = "names";

/** What operands of these names are. */
const OPERANDS: Readonly<Record<string, Named>> = {
  service: "services",
  target: "services",
  server: "servers",
  probe: "probes",
  "redis-probe": "caches",
  panel: "panels",
  incident: "incidents",
  silence: "silences",
  rule: "rules",
  notifier: "notifiers",
  task: "tasks",
  run: "runs",
};

export const SHELL_NAMES = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof SHELL_NAMES)[number];

/** Every command with its subcommands and long options, made from the program itself, so that the two cannot differ. */
export function completionTree(program: Command): readonly CompletionNode[] {
  const nodes: CompletionNode[] = [];
  const visit = (command: Command, path: readonly string[]): void => {
    const [operand, ...others] = command.registeredArguments.map((argument) => argument.name());
    // Beside a file the shell's own offers are of more use.
    const operands = others.includes("file") ? undefined : OPERANDS[operand ?? ""];
    const children = command.commands.filter((child) => child.name() !== NAMES_COMMAND);
    const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
    nodes.push({
      path,
      words: [
        ...children.map((child) => ({ word: child.name(), meaning: child.description() })),
        ...choices.map((word) => ({ word, meaning: "" })),
      ],
      flags: [
        ...command.options.flatMap((option) =>
          option.long ? [{ word: option.long, meaning: option.description }] : [],
        ),
        { word: "--help", meaning: "display help" },
      ],
      ...(operands && { operands }),
    });
    for (const child of children) visit(child, [...path, child.name()]);
  };
  visit(program, []);
  return nodes;
}

export function completionScript(shell: ShellName, nodes: readonly CompletionNode[]): string {
  if (shell === "bash") return bashScript(nodes);
  return shell === "zsh" ? zshScript(nodes) : fishScript(nodes);
}
