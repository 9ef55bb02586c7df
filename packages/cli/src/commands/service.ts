import type { Command } from "commander";
import type { Entries } from "../entries.ts";
import type { Shell } from "../shell.ts";

const AGENT_COMMANDS = [
  ["join", "Join this machine to a hub; the token is read from standard input or a file."],
  ["run", "Run the agent in the foreground."],
  ["serve", "Run it where the hub dials it; joins first, with the token from standard input or a file."],
  ["doctor", "Compare what Muster reads with free, df and /proc, and say what differs."],
  ["policy", "Show and explain this machine's policy."],
  ["install", "Make the agent a service of this machine, with a user of its own and no other right."],
  ["uninstall", "Undo that; --purge also removes identity, spool and user."],
  ["grant", "Give the agent's user exactly the rights that this machine's policy needs; --print shows them."],
  ["fingerprint", "Show the six words of this machine's key."],
] as const;

/** `hub …` and `agent …`: everything after the word goes to that program, which knows its own options. */
export function addServiceCommands(
  program: Command,
  shell: Shell,
  entries: Entries,
  exit: (code: number) => void,
): void {
  passThrough(program.command("hub [arguments...]"))
    .description("Run a hub; its settings are in docs/config.md.")
    .action(async (rest: string[]) => exit(await (await entries.hub()).runHub(rest, shell.env)));

  const agent = program.command("agent").description("The program that runs on every server.");
  for (const [name, meaning] of AGENT_COMMANDS) {
    passThrough(agent.command(`${name} [arguments...]`))
      .description(meaning)
      .action(async (rest: string[]) => exit(await runAgentCommand([name, ...rest], shell, entries)));
  }
}

/** No option of ours, not even --help: the program behind answers it. */
const passThrough = (command: Command): Command => command.allowUnknownOption().passThroughOptions().helpOption(false);

async function runAgentCommand(argv: readonly string[], shell: Shell, entries: Entries): Promise<number> {
  const { agentEntry, readStandardInput } = await entries.agent();
  const { terminal, env } = shell;
  return agentEntry(argv, {
    out: (text) => terminal.write(text),
    error: (text) => terminal.writeError(text),
    environment: env,
    readInput: () => readStandardInput((text) => terminal.writeError(text)),
    // Only what asks for it stops in order; Ctrl-C ends everything else at once.
    get stopping() {
      return shell.stopSignal();
    },
  });
}
