import { listed } from "./foreign-fields.ts";
import { lineFrom, quoted } from "./foreign-text.ts";
import type { ImportChoices } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { commandFrom } from "./shell-command.ts";

/** The service manager's `services_config.json`: what it starts, by a line for a shell. */
export function readTailscaleServices(tree: unknown, plan: PlanBuilder, choices: ImportChoices): void {
  for (const entry of listed(tree, "services", plan)) {
    const name = entry.text("name") ?? "";
    const directory = entry.text("working_dir");
    const written = entry.text("start_cmd") ?? "";
    const description = entry.text("description");
    const kind = entry.text("kind");
    const urls = [entry.text("api_url"), entry.text("tailscale_url")].filter((url) => url !== undefined);
    const ports = entry.raw("ports");
    entry.ignore(
      "Muster knows what it starts by its process; words of a command line find processes in the server's own file",
      "match_keywords",
    );
    entry.end();
    const line = commandFrom(choices.commands?.get(name) ?? written, directory);
    if (!line.ok) {
      plan.ignore(`service ${quoted(name)}`, `${line.why}; another can be given with --command`);
      continue;
    }
    if (directory === undefined) plan.problem(entry.at("working_dir"), "is not set: the service will run in /");
    plan.definition(entry.where, {
      driver: "process",
      name,
      fields: {
        description: lineFrom(description ?? name, 500),
        ...(kind !== undefined && { kind }),
        command: line.command,
        ...(directory !== undefined && { directory }),
        environment: line.environment,
        ...(ports !== undefined && { ports }),
        urls,
      },
    });
  }
}
