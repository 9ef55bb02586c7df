import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { oneService, readServices } from "../services/selection.ts";
import { findServer } from "./find-server.ts";
import { gather, wholeNumber } from "./options.ts";
import type { HubOptions } from "./options.ts";

/** What is said of a probe that is added, changed or tried. */
export interface SettingOptions extends HubOptions {
  readonly set?: readonly string[];
  readonly secret?: boolean;
  readonly via?: string;
  readonly about?: string;
  readonly service?: string;
  readonly tag?: readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly rise?: string;
  readonly fall?: string;
}

export const settingOptions = (command: Command): Command =>
  command
    .option("--set <name=value>", "a setting of the kind; may be given several times", gather)
    .option("--secret", "ask for the password, token or key, or read it from standard input")
    .option(
      "--via <server>",
      "look from this server: by SSH, or through its agent where its policy opens the target; `hub` looks from the hub",
    )
    .option("--about <server>", "the server that this says something of; `none` for none")
    .option("--service <service>", "the service whose health this is part of, NAME or NAME@SERVER; `none` for none")
    .option("--tag <tag>", "may be given several times", gather)
    .option("--interval <seconds>", "how often it looks, 5 to 86400")
    .option("--timeout <milliseconds>", "how long one look may take, 200 to 60000")
    .option("--rise <count>", "so many better results in a row make it better")
    .option("--fall <count>", "so many worse results in a row make it worse");

/** What every probe has, as the hub takes it; what was not said is absent. Throws BAD_REQUEST naming the option, NOT_FOUND. */
export async function commonFields(hub: HubClient, options: SettingOptions) {
  const interval = wholeNumber("--interval", options.interval, 5, 86_400);
  const timeoutMs = wholeNumber("--timeout", options.timeout, 200, 60_000);
  const rise = wholeNumber("--rise", options.rise, 1, 20);
  const fall = wholeNumber("--fall", options.fall, 1, 20);
  const serverId = async (name: string | undefined, none: string): Promise<string | null | undefined> =>
    name === undefined ? undefined : name === none ? null : (await findServer(hub, name)).id;
  const via = await serverId(options.via, "hub");
  const about = await serverId(options.about, "none");
  return {
    ...(via !== undefined && { via }),
    ...(about !== undefined && { about }),
    ...(await serviceFields(hub, options)),
    ...(options.tag !== undefined && { tags: [...options.tag] }),
    ...(interval !== undefined && { intervalMs: interval * 1_000 }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(rise !== undefined && { rise }),
    ...(fall !== undefined && { fall }),
  };
}

/** A service says on which server it is. */
async function serviceFields(hub: HubClient, { service, about }: SettingOptions) {
  if (service === undefined) return {};
  if (service === "none") return { service: null };
  const server = about === undefined || about === "none" ? {} : { server: about };
  const { serverId, driver, name } = oneService(service, await readServices(hub, server));
  return { about: serverId, service: { driver, name } };
}

/** Which probes are listed by what they are about. Throws NOT_FOUND, BAD_REQUEST. */
export async function aboutQuery(hub: HubClient, { about, service }: Pick<SettingOptions, "about" | "service">) {
  const server = about === undefined ? {} : { server: about };
  return {
    ...(about !== undefined && { about: (await findServer(hub, about)).id }),
    ...(service !== undefined && { service: oneService(service, await readServices(hub, server)).id }),
  };
}
