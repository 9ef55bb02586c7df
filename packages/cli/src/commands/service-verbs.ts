import { actionNameOf, MusterError } from "@muster/core";
import type { Verb } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { Command } from "commander";
import { effectOptions, haveEffectOrFail } from "../actions/effect.ts";
import type { EffectOptions } from "../actions/effect.ts";
import { selectionOptions, selectServices, serviceLabel } from "../services/selection.ts";
import type { SelectionOptions } from "../services/selection.ts";
import type { Shell } from "../shell.ts";
import { confirm, hubCommand } from "./options.ts";

interface VerbOptions extends EffectOptions, SelectionOptions {}

const VERBS: readonly (readonly [verb: Exclude<Verb, "kill">, meaning: string])[] = [
  ["start", "Start services and wait until they run."],
  ["stop", "Stop services and wait until they have ended."],
  ["restart", "Restart services and wait until a new run is seen."],
  ["reload", "Let services read their configuration anew."],
  ["enable", "Let services start with the machine."],
  ["disable", "Keep services from starting with the machine."],
  ["reset", "Forget that services failed, and their restarts."],
  ["pause", "Freeze containers."],
  ["unpause", "Let frozen containers go on."],
];

/** `start | stop | restart | reload | enable | disable | reset | pause | unpause`. */
export function addServiceVerbCommands(program: Command, shell: Shell): void {
  for (const [verb, meaning] of VERBS) {
    hubCommand<VerbOptions>(
      effectOptions(selectionOptions(program.command(`${verb} [service...]`)))
        .description(meaning)
        .option("--yes", "do not ask when several are meant")
        .addHelpText(
          "after",
          "\nSERVICE is NAME, NAME@SERVER or an id. A name that several services have is refused with their list, unless" +
            "\n--tag or --kind say that a set is meant. Without names the options choose, of what the policies grant." +
            "\nEnds with 0 when all succeeded, 72 failed, 75 unknown, 77 refused; the worst of several wins.",
        ),
      shell,
      async (work, ...operands) => {
        const { hub, options, note } = work;
        const { services, notGranted } = await selectServices(hub, operands, options, verb);
        if (notGranted.length > 0) {
          note(`Left out, because the policies of their servers do not grant it: ${notGranted.length} services.`);
        }
        if (services.length === 0) throw new MusterError("NOT_FOUND", { message: `There is nothing to ${verb}.` });
        if (services.length > 1) {
          const names = services.map((service) => `  ${escapeControls(serviceLabel(service))} (${service.driver})\n`);
          if (!options.yes && shell.terminal.canAsk) names.forEach((name) => shell.terminal.writeError(name));
          await confirm(
            shell,
            options.yes,
            `${verb[0]!.toUpperCase()}${verb.slice(1)} these ${services.length} services?`,
          );
        }
        await haveEffectOrFail(work, {
          action: actionNameOf(verb),
          targets: { services: services.map(({ id }) => id) },
        });
      },
    );
  }
}
