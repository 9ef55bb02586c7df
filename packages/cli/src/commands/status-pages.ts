import { STATUS_PAGE_LANGUAGES } from "@muster/core";
import type { StatusPageItem, StatusPageLanguage } from "@muster/core";
import type { StatusPageView } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import { oneOf } from "../alerts/find.ts";
import type { HubClient } from "../client/hub-client.ts";
import { findProbe } from "../probes/find-probe.ts";
import { oneService, readServices } from "../services/selection.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import { findServer } from "./find-server.ts";
import { confirm, gather, hubCommand, notBoth, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { endFrom } from "./time-options.ts";

interface PageOptions extends HubOptions {
  readonly name?: string;
  readonly server?: readonly string[];
  readonly service?: readonly string[];
  readonly probe?: readonly string[];
  readonly text?: string;
  readonly language?: StatusPageLanguage;
  /** Commander makes `false` of the `--no-` forms. */
  readonly incidents?: boolean;
  readonly hours?: boolean;
  readonly days?: boolean;
  readonly enable?: boolean;
  readonly disable?: boolean;
}
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

const pageOptions = (command: Command): Command =>
  command
    .option("--server <server=name>", "show a server under this name; repeat for several", gather)
    .option(
      "--service <service=name>",
      "show a service, NAME or NAME@SERVER, under this name; repeat for several",
      gather,
    )
    .option("--probe <probe=name>", "show a probe under this name; repeat for several", gather)
    .option("--text <text>", "what stands below the heading")
    .addOption(new Option("--language <language>", "in which it speaks").choices(STATUS_PAGE_LANGUAGES))
    .option("--incidents", "show open incidents, by public name and state")
    .option("--no-incidents", "do not show them")
    .option("--hours", "show bars of the last 24 hours")
    .option("--no-hours", "do not show them")
    .option("--days", "show bars of the last 90 days")
    .option("--no-days", "do not show them")
    .option("--enable", "everybody who knows the address may see it")
    .option("--disable", "nobody sees it");

async function pageBody(hub: HubClient, options: PageOptions) {
  const { text, language, incidents, hours, days, enable, disable } = options;
  notBoth({ "--enable": enable, "--disable": disable });
  const items = await itemsFrom(hub, options);
  return {
    ...(items.length > 0 && { items: [...items] }),
    ...(text !== undefined && { text }),
    ...(language !== undefined && { language }),
    ...(incidents !== undefined && { showsIncidents: incidents }),
    ...(hours !== undefined && { showsHours: hours }),
    ...(days !== undefined && { showsDays: days }),
    ...(enable && { isEnabled: true }),
    ...(disable && { isEnabled: false }),
  };
}

/** Throws BAD_REQUEST for one without a name, NOT_FOUND. */
async function itemsFrom(hub: HubClient, options: PageOptions): Promise<readonly StatusPageItem[]> {
  const { server = [], service = [], probe = [] } = options;
  const services = service.length === 0 ? [] : await readServices(hub, {});
  const items: StatusPageItem[] = [];
  const take = async (
    kind: StatusPageItem["kind"],
    given: readonly string[],
    find: (what: string) => Promise<{ readonly id: string }>,
  ): Promise<void> => {
    for (const one of given) {
      // The first one parts them: names of servers hold none.
      const [what, name] = [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1).trim()];
      if (!one.includes("=") || name === "")
        throw wrongOption(`--${kind}`, "must be what is shown and its public name, such as 'web-1=Web site'");
      items.push({ kind, id: (await find(what)).id, name });
    }
  };
  await take("server", server, (what) => findServer(hub, what));
  await take("service", service, async (what) => oneService(what, services));
  await take("probe", probe, (what) => findProbe(hub, what));
  return items;
}

async function findPage(hub: HubClient, wanted: string): Promise<StatusPageView> {
  const { items } = await hub.call("GET /api/v1/status-pages");
  return items.find(({ slug }) => slug === wanted) ?? oneOf(items, wanted, "status page");
}

function pageTable(pages: readonly StatusPageView[], colours: Colours): Promise<string> | string {
  if (pages.length === 0) return "No status pages. `muster status-pages add SLUG --name NAME` adds one.\n";
  return renderTable(
    [{ title: "state" }, { title: "address" }, { title: "name" }, { title: "shows" }, { title: "announced" }],
    pages.map(({ isEnabled, slug, name, items, announcement }) => [
      isEnabled ? { text: "public", colour: colours.good } : { text: "off", colour: colours.faint },
      ...[`/status/${slug}`, name, String(items.length), announcement?.text ?? UNKNOWN],
    ]),
  );
}

function pageFields(page: StatusPageView): Promise<string> | string {
  const { announcement, items } = page;
  const shown = [
    ...(page.showsIncidents ? ["open incidents"] : []),
    ...(page.showsHours ? ["24 hours"] : []),
    ...(page.showsDays ? ["90 days"] : []),
  ];
  const until = announcement?.until === null ? "" : ` (until ${utc(announcement?.until ?? 0)})`;
  return renderFields([
    ["name", page.name],
    ["address", `/status/${page.slug}`],
    ["id", page.id],
    ["state", page.isEnabled ? "public" : "off"],
    ["language", page.language],
    ["text", page.text || UNKNOWN],
    ["announced", announcement === null ? UNKNOWN : `${announcement.kind}: ${announcement.text}${until}`],
    ["shows", shown.join(", ") || "states only"],
    ...items.map(({ kind, id, name, isGone }) => [`  ${kind} ${id}`, isGone ? `${name} (gone)` : name] as const),
  ]);
}
