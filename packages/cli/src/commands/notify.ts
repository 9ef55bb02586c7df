import { NOTIFIER_KIND_NAMES, notifierEntry } from "@muster/core";
import type { NotifierKindName } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { DeliveryView, NoticePreview, RouteAnswer } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import { deliveryTable } from "../alerts/delivery-table.ts";
import { oneOf } from "../alerts/find.ts";
import { incidentId } from "../alerts/find-incident.ts";
import { findNotifier, notifierFields, notifierOptions, secretFrom } from "../alerts/notifier-options.ts";
import type { NotifierOptions } from "../alerts/notifier-options.ts";
import { notifierFieldsText, notifierTable } from "../alerts/notifier-table.ts";
import { fieldText, settingsFrom } from "../probes/settings-options.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { span } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { confirm, gather, hubCommand, localCommand, notBoth, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface DeliveryOptions extends HubOptions {
  readonly state?: DeliveryView["state"];
  readonly notifier?: string;
  readonly limit?: string;
}

interface PreviewOptions extends HubOptions {
  readonly set?: readonly string[];
  readonly incident?: string;
}

/** Not from the catalogue: the asking went well, and the test was not taken. */
const EXIT_NOT_TAKEN = 1;
const LISTED_MAX = 500;

/** `notify list | show | kinds | add | edit | delete | test | say | preview | deliveries | retry`. */
export function addNotifyCommands(program: Command, shell: Shell, exit: (code: number) => void): void {
  const notify = program.command("notify").description("Who is told of incidents, and how.");

  hubCommand<HubOptions>(
    notify.command("list", { isDefault: true }).description("List notifiers and how they do."),
    shell,
    async ({ hub, colours, show }) => {
      const answer = await hub.call("GET /api/v1/notifiers");
      await show(answer, () => notifierTable(answer.items, colours));
    },
  );

  hubCommand<HubOptions>(
    notify.command("show <notifier>").description("Show one notifier, by name or id."),
    shell,
    async ({ hub, show }, wanted = "") => {
      const { items } = await hub.call("GET /api/v1/notifiers");
      const notifier = oneOf(items, wanted, "notifier");
      const fallback = items.find(({ id }) => id === notifier.fallbackId)?.name ?? "none";
      await show(notifier, () => notifierFieldsText(notifier, fallback));
    },
  );

  localCommand(
    notify.command("kinds [kind]").description("List the kinds of notifiers, or the settings of one."),
    shell,
    async ({ show }, name) => {
      if (name === undefined) {
        const items = NOTIFIER_KIND_NAMES.map((kind) => ({ kind, ...pick(kind) }));
        return show({ items }, () =>
          renderTable(
            [{ title: "kind" }, { title: "title" }, { title: "secret" }, { title: "what it does" }],
            items.map(({ kind, title, secret, meaning }) => [kind, title, secret, meaning]),
          ),
        );
      }
      const kind = kindFrom(name);
      const { fields } = notifierEntry(kind);
      await show({ kind, ...pick(kind), fields }, () =>
        renderTable(
          [{ title: "setting" }, { title: "value" }],
          Object.entries(fields).map(([field, is]) => [field, fieldText(is)]),
        ),
      );
    },
  );

  hubCommand<NotifierOptions>(
    notifierOptions(notify.command("add <kind> <name>"))
      .description("Add a notifier. `muster notify kinds KIND` lists its settings.")
      .addHelpText(
        "after",
        "\nExample: muster notify add telegram ops --set chatId=-1001234 --secret-file token.txt --severity error",
      ),
    shell,
    async ({ hub, options, show }, kindName = "", name = "") => {
      const kind = kindFrom(kindName);
      const { settings = {}, ...fields } = await notifierFields(hub, kind, undefined, options);
      const secret = await secretFrom(shell, options);
      const body = { kind, name, settings, ...fields, ...(secret !== undefined && { secret }) };
      const notifier = await hub.call("POST /api/v1/notifiers", { body });
      await show(notifier, () => {
        const shown = escapeControls(notifier.name);
        return `The notifier ${shown} is added: \`muster notify test ${notifier.id}\` sends it a test.\n`;
      });
    },
  );

  hubCommand<NotifierOptions & { readonly name?: string; readonly forgetSecret?: boolean }>(
    notifierOptions(notify.command("edit <notifier>"))
      .option("--name <name>", "another name")
      .option("--forget-secret", "remove the secret")
      .description("Change settings of a notifier; what is not told stays."),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const before = await findNotifier(hub, wanted);
      const fields = await notifierFields(hub, before.kind, before, options);
      const secret = options.forgetSecret ? null : await secretFrom(shell, options);
      const notifier = await hub.call("PATCH /api/v1/notifiers/{id}", {
        params: { id: before.id },
        body: {
          ...fields,
          ...(options.name !== undefined && { name: options.name }),
          ...(secret !== undefined && { secret }),
        },
      });
      const isForgotten = before.hasSecret && !notifier.hasSecret && !options.forgetSecret;
      await show(notifier, () => {
        const shown = escapeControls(notifier.name);
        return isForgotten
          ? `The notifier ${shown} is changed. It tells another target, so its secret was forgotten; --secret sets it.\n`
          : `The notifier ${shown} is changed.\n`;
      });
    },
  );

  hubCommand<HubOptions & { readonly yes?: boolean }>(
    notify
      .command("delete <notifier>")
      .description("Remove a notifier; what waits for it is not told.")
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const { id, name } = await findNotifier(hub, wanted);
      await confirm(shell, options.yes, `Remove the notifier ${escapeControls(name)}? What waits for it is not told.`);
      await hub.call("DELETE /api/v1/notifiers/{id}", { params: { id } });
      await show({ id, name, deleted: true }, () => `The notifier ${escapeControls(name)} is removed.\n`);
    },
  );

  hubCommand<HubOptions>(
    notify.command("test <notifier>").description("Send a test now; ends with 1 unless it was taken."),
    shell,
    async ({ hub, colours, show }, wanted = "") => {
      const { id } = await findNotifier(hub, wanted);
      const answer = await hub.call("POST /api/v1/notifiers/{id}/test", { params: { id } });
      if (answer.outcome !== "sent") exit(EXIT_NOT_TAKEN);
      await show(answer, () => triedText(answer, colours));
    },
  );

  hubCommand<HubOptions & { readonly stats?: boolean; readonly warn?: boolean }>(
    notify
      .command("say <notifier> [text]")
      .description("Send a text by hand, where the kind can (Telegram, webhook); ends with 1 unless it was taken.")
      .option("--stats", "how servers do, instead of a text")
      .option("--warn", "what is wrong now, instead of a text"),
    shell,
    async ({ hub, options, colours, show }, wanted = "", text) => {
      const report = options.stats ? ("stats" as const) : options.warn ? ("warn" as const) : undefined;
      notBoth({ "--stats": options.stats, "--warn": options.warn });
      if ((text === undefined) === (report === undefined))
        throw wrongOption("text", "is needed, or --stats or --warn, and only one of them");
      const { id } = await findNotifier(hub, wanted);
      const body = report === undefined ? { text: text ?? "" } : { report };
      const answer = await hub.call("POST /api/v1/notifiers/{id}/messages", { params: { id }, body });
      if (answer.outcome !== "sent") exit(EXIT_NOT_TAKEN);
      await show(answer, () => triedText(answer, colours));
    },
  );

  hubCommand<PreviewOptions>(
    notify
      .command("preview <notifier>")
      .description("Show what a notifier would tell when something opens, gets worse and ends. Sends nothing.")
      .option("--set <name=value>", "with this titleTemplate, textTemplate or body instead", gather)
      .option("--incident <incident>", "of this one, by the beginning of its id, instead of one that is made up"),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const { kind, settings } = await findNotifier(hub, wanted);
      const body = {
        kind,
        settings: settingsFrom(notifierEntry(kind).fields, options.set ?? [], settings) as typeof settings,
        ...(options.incident !== undefined && { incident: await incidentId(hub, options.incident) }),
      };
      const answer = await hub.call("POST /api/v1/notifier-previews", { body });
      await show(answer, () => answer.items.map(previewText).join("\n"));
    },
  );

  hubCommand<DeliveryOptions>(
    notify
      .command("deliveries")
      .description("List what was told, is to be told, or could not be; newest first.")
      .addOption(new Option("--state <state>", "only in this state").choices(["waiting", "sent", "failed"]))
      .option("--notifier <notifier>", "only of this one, by name or id")
      .option("--limit <count>", "so many, 1 to 500 (default 100)"),
    shell,
    async ({ hub, options, colours, show }) => {
      const limit = wholeNumber("--limit", options.limit, 1, LISTED_MAX);
      const query = {
        ...(options.state !== undefined && { state: options.state }),
        ...(options.notifier !== undefined && { notifier: (await findNotifier(hub, options.notifier)).id }),
        ...(limit !== undefined && { limit }),
      };
      const answer = await hub.call("GET /api/v1/deliveries", { query });
      await show(answer, () => deliveryTable(answer.items, colours, shell.clock.now()));
    },
  );

  hubCommand<HubOptions>(
    notify.command("retry <delivery>").description("Try once more what was given up, by its id or a beginning of it."),
    shell,
    async ({ hub, show }, wanted = "") => {
      const query = { state: "failed", limit: LISTED_MAX } as const;
      const { items } = await hub.call("GET /api/v1/deliveries", { query });
      const { id, askedAt } = oneOf<DeliveryView>(items, wanted, "delivery that was given up,");
      const delivery = await hub.call("POST /api/v1/deliveries/{id}/retry", { params: { id } });
      await show(delivery, () => {
        const age = span(shell.clock.now() - askedAt);
        return `Tried again, ${age} after it was asked for: ${escapeControls(delivery.title)}\n`;
      });
    },
  );
}

function kindFrom(text: string): NotifierKindName {
  const kind = NOTIFIER_KIND_NAMES.find((one) => one === text);
  if (kind === undefined) throw wrongOption("kind", `${text} is none; there are ${NOTIFIER_KIND_NAMES.join(", ")}`);
  return kind;
}

function pick(kind: NotifierKindName) {
  const { title, meaning, secret, perMinuteMax, canEdit } = notifierEntry(kind);
  return { title, meaning, secret, perMinuteMax, canEdit };
}

function previewText({ kind, title, lines, url, body }: NoticePreview): string {
  const told = body === null ? [title, ...lines, ...(url === null ? [] : [url])] : body.split("\n");
  return [`${kind}:`, ...told.map((line) => `  ${escapeControls(line)}`)].map((line) => `${line.trimEnd()}\n`).join("");
}

/** What came of one message. */
function triedText(
  { outcome, detail, tookMs }: RouteAnswer<"POST /api/v1/notifiers/{id}/test">,
  colours: Colours,
): string {
  const word = outcome === "sent" ? colours.good("sent") : colours.bad("failed");
  return `${word}${detail === "" ? "" : `: ${escapeControls(detail)}`} (${tookMs} ms)\n`;
}
