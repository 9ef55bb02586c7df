import type { StatusPageView } from "@muster/protocol";
import type { Command } from "commander";
import { oneOf } from "../alerts/find.ts";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { pageBody, pageOptions } from "../status-pages/page-options.ts";
import type { PageOptions } from "../status-pages/page-options.ts";
import { pageFields, pageTable } from "../status-pages/page-text.ts";
import { confirm, hubCommand, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { endFrom } from "./time-options.ts";

interface ChangeOptions extends PageOptions {
  readonly slug?: string;
}
interface AnnounceOptions extends HubOptions {
  readonly maintenance?: boolean;
  readonly for?: string;
  readonly until?: string;
}

/** `status-pages list | show | add | edit | announce | delete`. */
export function addStatusPageCommands(program: Command, shell: Shell): void {
  const pages = program.command("status-pages").description("Pages that show everybody how chosen things stand.");

  hubCommand<HubOptions>(
    pages.command("list", { isDefault: true }).description("List status pages."),
    shell,
    async ({ hub, colours, show }) => {
      const answer = await hub.call("GET /api/v1/status-pages");
      await show(answer, () => pageTable(answer.items, colours));
    },
  );

  hubCommand<HubOptions>(
    pages.command("show <page>").description("Show one status page, by its address or id."),
    shell,
    async ({ hub, show }, wanted = "") => {
      const page = await findPage(hub, wanted);
      await show(page, () => pageFields(page));
    },
  );

  hubCommand<PageOptions>(
    pageOptions(pages.command("add <slug>"))
      .requiredOption("--name <name>", "its heading")
      .description("Add a status page at /status/SLUG. Nobody sees it before --enable.")
      .addHelpText(
        "after",
        '\nExample: muster status-pages add shop --name "Our shop" --server "web-1=Web site" --probe "checkout=Payment" --days --incidents --enable',
      ),
    shell,
    async ({ hub, options, show }, slug = "") => {
      const body = { slug, name: options.name ?? slug, ...(await pageBody(hub, options)) };
      const page = await hub.call("POST /api/v1/status-pages", { body });
      await show(page, () =>
        page.isEnabled
          ? `Everybody can see it at /status/${page.slug}.\n`
          : `It is added. \`muster status-pages edit ${page.slug} --enable\` shows it to everybody at /status/${page.slug}.\n`,
      );
    },
  );

  hubCommand<ChangeOptions>(
    pageOptions(pages.command("edit <page>"))
      .option("--name <name>", "its heading")
      .option("--slug <slug>", "another address")
      .description(
        "Change a status page; what is not told stays. Things that are told take the place of all there were.",
      ),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const { id } = await findPage(hub, wanted);
      const { name, slug } = options;
      const body = {
        ...(await pageBody(hub, options)),
        ...(name !== undefined && { name }),
        ...(slug !== undefined && { slug }),
      };
      const page = await hub.call("PATCH /api/v1/status-pages/{id}", { params: { id }, body });
      await show(page, () => `The status page ${page.slug} is changed.\n`);
    },
  );

  hubCommand<AnnounceOptions>(
    pages
      .command("announce <page> [text]")
      .description("Say something at the head of a status page; without a text nothing is said any more.")
      .option("--maintenance", "it is about maintenance")
      .option("--for <span>", "so long, such as 30m, 2h or 1d; until it is taken away when absent")
      .option("--until <time>", "until then, ISO 8601 or epoch milliseconds"),
    shell,
    async ({ hub, options, show }, wanted = "", text) => {
      const { id, slug } = await findPage(hub, wanted);
      const isForever = options.for === undefined && options.until === undefined;
      if (text === undefined && (!isForever || options.maintenance))
        throw wrongOption("--for", "and the other options need a text");
      const kind = options.maintenance ? ("maintenance" as const) : ("note" as const);
      const until = isForever ? null : endFrom(options, Math.round(shell.clock.now()));
      const announcement = text === undefined ? null : { kind, text, until };
      const page = await hub.call("PATCH /api/v1/status-pages/{id}", { params: { id }, body: { announcement } });
      await show(page, () =>
        announcement === null ? `Nothing is announced on ${slug}.\n` : `Announced on ${slug}.\n`,
      );
    },
  );

  hubCommand<HubOptions & { readonly yes?: boolean }>(
    pages.command("delete <page>").description("Remove a status page.").option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const { id, slug } = await findPage(hub, wanted);
      await confirm(shell, options.yes, `Remove the status page ${slug}? Nobody will find it at its address any more.`);
      await hub.call("DELETE /api/v1/status-pages/{id}", { params: { id } });
      await show({ id, slug, deleted: true }, () => `The status page ${slug} is removed.\n`);
    },
  );
}

async function findPage(hub: HubClient, wanted: string): Promise<StatusPageView> {
  const { items } = await hub.call("GET /api/v1/status-pages");
  return items.find(({ slug }) => slug === wanted) ?? oneOf(items, wanted, "status page");
}
