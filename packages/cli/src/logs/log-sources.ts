import type { HubClient } from "../client/hub-client.ts";
import { wrongOption } from "../commands/options.ts";
import { findServer } from "../commands/find-server.ts";
import { oneService, readServices, serviceLabel, servicesCalled } from "../services/selection.ts";
import type { SelectionOptions } from "../services/selection.ts";

/** One log: what people call it, and how the hub is asked for it. */
export interface LogSource {
  readonly label: string;
  readonly of: { readonly service: string } | { readonly file: string };
}

/**
 * The logs that operands and `--file SERVER:/path` name, in that order; with `--tag` or `--kind` a name may mean several
 * services, and none at all means all that are chosen and whose log may be read. Throws BAD_REQUEST and NOT_FOUND.
 */
export async function logSources(
  hub: HubClient,
  operands: readonly string[],
  files: readonly string[],
  options: SelectionOptions,
): Promise<readonly LogSource[]> {
  const { tag, kind, driver, server } = options;
  const isSet = tag !== undefined || kind !== undefined;
  const isChosen = operands.length === 0 && (isSet || driver !== undefined || server !== undefined);
  const services = operands.length > 0 || isChosen ? await readServices(hub, options) : [];
  const named = isChosen
    ? services.filter(({ isLogGranted }) => isLogGranted)
    : operands.flatMap((operand) => {
        const called = isSet ? servicesCalled(operand, services) : [];
        return called.length > 0 ? called : [oneService(operand, services)];
      });
  const sources: LogSource[] = [...new Set(named)].map((service) => ({
    label: serviceLabel(service),
    of: { service: service.id },
  }));
  for (const file of files) {
    const [, name, path] = /^([^:]+):(\/[^,]*)$/.exec(file) ?? [];
    if (name === undefined || path === undefined) {
      throw wrongOption("--file", "must be SERVER:/path, without a comma in it");
    }
    const { id, name: serverName } = await findServer(hub, name);
    sources.push({ label: `${serverName}:${path}`, of: { file: `${id}:${path}` } });
  }
  return sources;
}

/** The sources as the API's parameters: their order is the order of `source` in the answer, services first. */
export function sourceQuery(sources: readonly LogSource[]): { readonly service?: string; readonly file?: string } {
  const services = sources.flatMap(({ of }) => ("service" in of ? [of.service] : []));
  const files = sources.flatMap(({ of }) => ("file" in of ? [of.file] : []));
  return {
    ...(services.length > 0 && { service: services.join(",") }),
    ...(files.length > 0 && { file: files.join(",") }),
  };
}
