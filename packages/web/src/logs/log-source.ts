import type { LogSearch } from "../app/search.ts";

/** Where lines come from: a service, or a file that the policy of a server lists. */
export type LogSource =
  | { readonly is: "service"; readonly id: string }
  | { readonly is: "file"; readonly serverId: string; readonly path: string };

/** As many as the hub merges. */
export const SOURCES_MAX = 16;

/** The sources that an address names. */
export function parseSources({ service, file }: Pick<LogSearch, "service" | "file">): readonly LogSource[] {
  const services = (service ?? "").split(",").filter((id) => id !== "");
  const files = (file ?? "").split(",").flatMap((text): LogSource[] => {
    const colon = text.indexOf(":");
    return colon > 0 ? [{ is: "file", serverId: text.slice(0, colon), path: text.slice(colon + 1) }] : [];
  });
  return [...services.map((id): LogSource => ({ is: "service", id })), ...files].slice(0, SOURCES_MAX);
}

/** How sources stand in an address. */
export function formatSources(sources: readonly LogSource[]): Pick<LogSearch, "service" | "file"> {
  const services = sources.flatMap((source) => (source.is === "service" ? [source.id] : []));
  const files = sources.flatMap((source) => (source.is === "file" ? [`${source.serverId}:${source.path}`] : []));
  return {
    ...(services.length > 0 && { service: services.join(",") }),
    ...(files.length > 0 && { file: files.join(",") }),
  };
}

export const sourceKey = (source: LogSource): string =>
  source.is === "service" ? source.id : `${source.serverId}:${source.path}`;
