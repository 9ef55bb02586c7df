import { STATUS_PAGE_LANGUAGES } from "@muster/core";
import type { StatusPageItem, StatusPageLanguage } from "@muster/core";
import { Option } from "commander";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { findServer } from "../commands/find-server.ts";
import { gather, notBoth, wrongOption } from "../commands/options.ts";
import type { HubOptions } from "../commands/options.ts";
import { findProbe } from "../probes/find-probe.ts";
import { oneService, readServices } from "../services/selection.ts";

/** What can be said of a status page. */
export interface PageOptions extends HubOptions {
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

export const pageOptions = (command: Command): Command =>
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

/** What the options say, as the API takes it. Throws BAD_REQUEST naming the option, NOT_FOUND. */
export async function pageBody(hub: HubClient, options: PageOptions) {
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
