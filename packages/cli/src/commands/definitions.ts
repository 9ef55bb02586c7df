import { MusterError } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { resources, RouteAnswer } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import { stageColour } from "../actions/describe-action.ts";
import { outcomeFailure } from "../actions/outcome-failure.ts";
import type { HubClient } from "../client/hub-client.ts";
import { readDefinitions } from "../services/definition-file.ts";
import type { WrittenDefinition } from "../services/definition-file.ts";
import { definitionKeyText, definitionTable, diffText } from "../services/definition-text.ts";
import type { PresentDefinitions } from "../services/definition-text.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { confirm, gather, hubCommand, readPassword } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { findServer } from "./find-server.ts";

type Outcome = RouteAnswer<"PUT /api/v1/servers/{id}/definitions/{driver}/{name}">;
type NamedOutcome = Outcome & { readonly name: string };
interface DefineOptions extends HubOptions {
  readonly secret?: readonly string[];
  readonly reason?: string;
  readonly yes?: boolean;
}
interface UndefineOptions extends HubOptions {
  readonly driver?: "process" | "tmux";
  readonly yes?: boolean;
}

/** `definitions`, `define` and `undefine`: what servers start and keep running themselves. */
export function addDefinitionCommands(program: Command, shell: Shell): void {
  hubCommand<HubOptions>(
    program.command("definitions <server>").description("Show what a server starts and keeps running itself."),
    shell,
    async ({ hub, colours, show, note }, name = "") => {
      const { id } = await findServer(hub, name);
      const answer = await hub.call("GET /api/v1/servers/{id}/definitions", { params: { id } });
      await show(answer, () => definitionTable(answer.items));
      for (const problem of answer.problems) note(`${colours.warning("not used")}: ${escapeControls(problem)}`);
    },
  );

  hubCommand<DefineOptions>(
    program
      .command("define <server> <file>")
      .description("Set what a server runs, from a file of YAML or JSON, after showing what changes.")
      .option("--secret <name>", "a secret variable whose value is asked for; repeat for several", gather)
      .option("--reason <text>", "why, for the audit log")
      .option("--yes", "do not ask")
      .addHelpText(
        "after",
        "\nThe file is one definition or a list of them; docs/services.md has an example. Values of secrets are typed, or are" +
          "\nlines of standard input in the order of --secret; they are never arguments and never in the file.",
      ),
    shell,
    async ({ hub, options, colours, show, note }, name = "", file = "") => {
      const written = await readDefinitions(file);
      const server = await findServer(hub, name);
      const present = await presentDefinitions(hub, server);
      for (const definition of written) note(diffText(definition, present, colours));
      await confirm(
        shell,
        options.yes,
        `Set ${written.length === 1 ? "this" : `these ${written.length}`} on ${server.name}?`,
      );
      const secrets = await readSecrets(shell, written, options.secret ?? []);
      for (const { definition } of written) {
        const names = definition.secrets.filter((secret) => !hasValue(secret, definition, secrets, present));
        if (names.length > 0)
          note(
            `${colours.warning("no value")}: ${definition.name} cannot start before ${names.join(", ")} has one (--secret NAME).`,
          );
      }
      const done: NamedOutcome[] = [];
      const setRest = async (client: HubClient): Promise<void> => {
        for (const { definition, fields } of written.slice(done.length)) {
          const { driver, name: service } = definition;
          const values = secrets.get(service);
          const outcome = await client.call("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
            params: { id: server.id, driver, name: service },
            body: {
              definition: { ...fields, driver, name: service },
              ...(values && { secrets: values }),
              ...(options.reason !== undefined && { reason: options.reason }),
            },
          });
          done.push({ name: service, ...outcome });
        }
      };
      try {
        await provingIdentity(shell, hub, options, setRest);
      } finally {
        // Also where a later one was refused: what was set stays set.
        if (done.length > 0) await showOutcomes(done, "define", server, colours, show);
      }
      endAs(done);
    },
  );

  hubCommand<UndefineOptions>(
    program
      .command("undefine <server> <name>")
      .description("Stop and remove what a server runs under a name.")
      .addOption(new Option("--driver <driver>", "where two have the name").choices(["process", "tmux"]))
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, colours, show }, serverName = "", name = "") => {
      const server = await findServer(hub, serverName);
      const found = [...(await presentDefinitions(hub, server)).values()].filter(
        ({ definition }) =>
          definition["name"] === name && (options.driver === undefined || definition["driver"] === options.driver),
      );
      const [first, second] = found;
      if (!first) throw new MusterError("NOT_FOUND", { message: `${server.name} defines nothing called ${name}.` });
      if (second) {
        const message = `Both a process and a tmux session are called ${name}: say which with --driver.`;
        throw new MusterError("BAD_REQUEST", { message });
      }
      if (first.from === "file") {
        const message = `${name} stands in a file on ${server.name}, and only there it can be removed.`;
        throw new MusterError("BAD_REQUEST", { message });
      }
      await confirm(shell, options.yes, `Stop and remove ${name} on ${server.name}?`);
      const driver = first.definition["driver"] === "tmux" ? "tmux" : "process";
      const outcome = await provingIdentity(shell, hub, options, (client) =>
        client.call("DELETE /api/v1/servers/{id}/definitions/{driver}/{name}", {
          params: { id: server.id, driver, name },
        }),
      );
      await showOutcomes([{ name, ...outcome }], "undefine", server, colours, show);
      endAs([outcome]);
    },
  );
}

async function presentDefinitions(hub: HubClient, { id }: resources.Server): Promise<PresentDefinitions> {
  const { items } = await hub.call("GET /api/v1/servers/{id}/definitions", { params: { id } });
  return new Map(items.map((item) => [definitionKeyText(item.definition["driver"], item.definition["name"]), item]));
}

/** Values of the named secrets, by the definition that declares them. Throws BAD_REQUEST for a name that none declares. */
async function readSecrets(
  shell: Shell,
  written: readonly WrittenDefinition[],
  names: readonly string[],
): Promise<ReadonlyMap<string, Record<string, string>>> {
  const values = new Map<string, Record<string, string>>();
  for (const secret of names) {
    const of = written.filter(({ definition }) => definition.secrets.includes(secret));
    if (of.length === 0) {
      const fields = { "--secret": `${secret} stands in no definition's list of secrets` };
      throw new MusterError("BAD_REQUEST", { message: "An option is not valid.", fields });
    }
    const value = await readPassword(shell, `Value of ${secret}: `);
    for (const { name } of of.map(({ definition }) => definition))
      values.set(name, { ...values.get(name), [secret]: value });
  }
  return values;
}

/** Whether a secret is given now, or was declared before and so may have been given then. */
const hasValue = (
  secret: string,
  { driver, name }: WrittenDefinition["definition"],
  given: ReadonlyMap<string, Record<string, string>>,
  present: PresentDefinitions,
): boolean => {
  const before = present.get(definitionKeyText(driver, name))?.definition["secrets"];
  return given.get(name)?.[secret] !== undefined || (Array.isArray(before) && before.includes(secret));
};

async function showOutcomes(
  done: readonly NamedOutcome[],
  verb: "define" | "undefine",
  server: resources.Server,
  colours: Colours,
  show: (value: unknown, human: () => string) => Promise<void>,
): Promise<void> {
  await show({ items: done }, () =>
    done
      .map(({ name, outcome, detail }) => {
        const word = stageColour(outcome, colours)(outcome.padEnd("succeeded".length));
        return `${word}  ${verb} ${name}@${server.name}${detail === "" ? "" : `: ${escapeControls(detail)}`}\n`;
      })
      .join(""),
  );
}

/** Ends the command as the worst outcome says. */
function endAs(done: readonly Outcome[]): void {
  const failure = outcomeFailure(done);
  if (failure) throw failure;
}
