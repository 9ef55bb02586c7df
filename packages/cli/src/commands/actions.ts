import { stageOf } from "@muster/core";
import type { resources } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import { describeAction, stageColour } from "../actions/describe-action.ts";
import { oneService, readServices } from "../services/selection.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import { hubCommand, wholeNumber } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { findServer } from "./find-server.ts";

type ActionView = resources.ActionView;
interface ListOptions extends HubOptions {
  readonly server?: string;
  readonly service?: string;
  readonly batch?: string;
  readonly state?: "asked" | "sent" | "ended";
  readonly before?: string;
  readonly limit?: string;
}

/** `actions list | show`. */
export function addActionsCommands(program: Command, shell: Shell): void {
  const actions = program.command("actions").description("Effects that were asked for, and what came of them.");

  hubCommand<ListOptions>(
    actions
      .command("list", { isDefault: true })
      .description("List actions, newest first.")
      .option("--server <server>", "only on this server, by name or id")
      .option("--service <service>", "only on this service")
      .option("--batch <id>", "only what was asked together under this id")
      .addOption(new Option("--state <state>", "only in this state").choices(["asked", "sent", "ended"]))
      .option("--before <id>", "only those asked before this one")
      .option("--limit <count>", "1 to 1000 (default 50)"),
    shell,
    async ({ hub, options, colours, show }) => {
      const { server, service, batch, state, before } = options;
      const limit = wholeNumber("--limit", options.limit, 1, 1_000) ?? 50;
      const serverId = server === undefined ? undefined : (await findServer(hub, server)).id;
      const serviceId =
        service === undefined
          ? undefined
          : oneService(service, await readServices(hub, server === undefined ? {} : { server })).id;
      const answer = await hub.call("GET /api/v1/actions", {
        query: {
          limit,
          ...(serverId !== undefined && { server: serverId }),
          ...(serviceId !== undefined && { service: serviceId }),
          ...(batch !== undefined && { batch }),
          ...(state !== undefined && { state }),
          ...(before !== undefined && { before }),
        },
      });
      await show(answer, () => (answer.items.length === 0 ? "No actions.\n" : actionTable(answer.items, colours)));
    },
  );

  hubCommand<HubOptions>(
    actions.command("show <id>").description("Show one action with all that is known of it."),
    shell,
    async ({ hub, show }, id = "") => {
      const action = await hub.call("GET /api/v1/actions/{id}", { params: { id }, query: {} });
      await show(action, () => actionFields(action));
    },
  );
}

const actionTable = (items: readonly ActionView[], colours: Colours): Promise<string> =>
  renderTable(
    [
      { title: "asked" },
      { title: "outcome" },
      { title: "action" },
      { title: "actor" },
      { title: "took", align: "right" },
      { title: "detail" },
      { title: "id" },
    ],
    items.map((item) => [
      utc(item.askedAt),
      { text: stageOf(item), colour: stageColour(stageOf(item), colours) },
      describeAction(item),
      item.actor,
      span(item.endedAt === null ? null : item.endedAt - item.askedAt),
      item.detail || UNKNOWN,
      item.id,
    ]),
  );

const actionFields = (item: ActionView): string =>
  renderFields([
    ["id", item.id],
    ["batch", item.batchId],
    ["what", describeAction(item)],
    ["action", item.action],
    ["arguments", JSON.stringify(item.args)],
    ["server", item.server],
    ["actor", `${item.actor}, by ${item.door}`],
    ["reason", item.reason || UNKNOWN],
    ["asked", utc(item.askedAt)],
    ["sent", utc(item.sentAt)],
    ["ended", utc(item.endedAt)],
    ["outcome", [stageOf(item), item.detail].filter(Boolean).join(": ")],
    ["exit code", item.exit === null ? UNKNOWN : String(item.exit)],
    ["audit row", String(item.auditSeq)],
    ...(item.output === null ? [] : [["output", item.output] as const]),
  ]);
