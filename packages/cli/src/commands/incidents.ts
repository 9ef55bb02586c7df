import type { Severity } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { IncidentView } from "@muster/protocol";
import type { Command } from "commander";
import { incidentId } from "../alerts/find-incident.ts";
import { incidentTable, incidentText } from "../alerts/incident-text.ts";
import { isAtLeast, severityOption } from "../alerts/severity-cell.ts";
import type { CallOptions } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { span, utc } from "../terminal/formats.ts";
import { watch } from "../terminal/watch.ts";
import { findServer } from "./find-server.ts";
import { hubCommand, notBoth, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { endFrom } from "./time-options.ts";

interface ListOptions extends HubOptions {
  readonly all?: boolean;
  readonly server?: string;
  readonly severity?: Severity;
  readonly limit?: string;
  readonly before?: string;
  readonly watch?: boolean;
}

/** `incidents list | show`, `ack`, `snooze` and `note`. */
export function addIncidentCommands(program: Command, shell: Shell): void {
  const incidents = program.command("incidents").description("What is wrong, and what was.");

  hubCommand<ListOptions>(
    incidents
      .command("list", { isDefault: true })
      .description("List open incidents, newest first.")
      .option("--all", "also those that are over")
      .option("--server <server>", "only about this server, by name or id")
      .addOption(severityOption("only those that are at least as bad"))
      .option("--limit <count>", "so many are looked at, 1 to 500 (default 100)")
      .option("--before <incident>", "only those that stand behind this one in the list: the next page")
      .option("--watch", "look again every two seconds; with --json one line of JSON a look"),
    shell,
    async (work) => {
      const { hub, options, colours, show } = work;
      const limit = wholeNumber("--limit", options.limit, 1, 500);
      const server = options.server === undefined ? undefined : (await findServer(hub, options.server)).id;
      const query = {
        ...(!options.all && { state: "open" as const }),
        ...(server !== undefined && { server }),
        ...(limit !== undefined && { limit }),
        ...(options.before !== undefined && { before: await incidentId(hub, options.before) }),
      };
      const look = async (call: CallOptions = {}) => {
        const items = (await hub.call("GET /api/v1/incidents", { query }, call)).items.filter(({ severity }) =>
          isAtLeast(severity, options.severity),
        );
        return { value: { items }, human: () => incidentTable(items, colours, shell.clock.now()) };
      };
      if (options.watch) return watch(work, (signal) => look({ signal }));
      const { value, human } = await look();
      await show(value, human);
    },
  );

  hubCommand<HubOptions>(
    incidents
      .command("show <incident>")
      .description("Show one incident: what is wrong, its story, what was seen when it opened, who was told."),
    shell,
    async ({ hub, colours, show }, wanted = "") => {
      const id = await incidentId(hub, wanted);
      const answer = await hub.call("GET /api/v1/incidents/{id}", { params: { id } });
      await show(answer, () => incidentText(answer, colours, shell.clock.now()));
    },
  );

  hubCommand<HubOptions & { readonly takeBack?: boolean }>(
    program
      .command("ack <incident...>")
      .description("Say that you take care: nobody is told again until it gets worse.")
      .option("--take-back", "nobody takes care any more"),
    shell,
    async ({ hub, options, show }, ...wanted) => {
      const isAcknowledged = !options.takeBack;
      // All of them are there before the first one changes.
      const ids: string[] = [];
      for (const one of wanted) ids.push(await incidentId(hub, one));
      const items: IncidentView[] = [];
      for (const id of ids)
        items.push(
          await hub.call("POST /api/v1/incidents/{id}/acknowledge", { params: { id }, body: { isAcknowledged } }),
        );
      const done = isAcknowledged ? "Acknowledged" : "Nobody takes care any more";
      await show({ items }, () => items.map(({ title }) => `${done}: ${escapeControls(title)}\n`).join(""));
    },
  );

  hubCommand<HubOptions & { readonly for?: string; readonly until?: string; readonly wake?: boolean }>(
    program
      .command("snooze <incident>")
      .description("Tell nothing of an incident for a while, unless it gets worse.")
      .option("--for <span>", "so long, such as 30m, 2h or 1d")
      .option("--until <time>", "until then, ISO 8601 or epoch milliseconds")
      .option("--wake", "it is told of again"),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const now = Math.round(shell.clock.now());
      notBoth({ "--wake": options.wake, "--for": options.for });
      notBoth({ "--wake": options.wake, "--until": options.until });
      const until = options.wake ? null : endFrom(options, now);
      if (until !== null && until <= now) throw wrongOption("--until", "must be in the future");
      const id = await incidentId(hub, wanted);
      const incident = await hub.call("POST /api/v1/incidents/{id}/snooze", { params: { id }, body: { until } });
      const title = escapeControls(incident.title);
      await show(incident, () =>
        until === null
          ? `Told of again: ${title}\n`
          : `Not told of for ${span(until - now)}, until ${utc(until)}: ${title}\n`,
      );
    },
  );

  hubCommand<HubOptions>(
    program.command("note <incident> <text>").description("Add a note to an incident's story."),
    shell,
    async ({ hub, show }, wanted = "", text = "") => {
      const id = await incidentId(hub, wanted);
      const incident = await hub.call("POST /api/v1/incidents/{id}/notes", { params: { id }, body: { text } });
      await show(incident, () => `Noted: ${escapeControls(incident.title)}\n`);
    },
  );
}
