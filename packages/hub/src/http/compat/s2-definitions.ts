import type { RouteCall } from "./compat-handler.ts";
import { handlesOf } from "./named-services.ts";
import { s2Kind, tailscaleUrlOf } from "./service-shapes.ts";

/** What servers define, as the service manager (S2) keeps its definitions. */
export async function s2Definitions(call: RouteCall): Promise<readonly object[]> {
  const { items } = await call("GET /api/v1/services");
  const defined = items.filter((service) => service.defined !== null);
  const askable = new Set(defined.filter(({ isCurrent }) => isCurrent).map(({ serverId }) => serverId));
  const definitions = new Map<string, Readonly<Record<string, unknown>>>();
  await Promise.all(
    [...askable].map(async (id) => {
      // Of whoever cannot be asked now, the command lines are left out.
      const told = await call("GET /api/v1/servers/{id}/definitions", { params: { id } }).catch(() => ({ items: [] }));
      for (const { definition } of told.items)
        definitions.set(`${id} ${String(definition["driver"])} ${String(definition["name"])}`, definition);
    }),
  );
  const handles = handlesOf(items);
  return defined.map((service) => {
    const { serverId, driver, name, kind, ports, urls, description } = service;
    const definition = definitions.get(`${serverId} ${driver} ${name}`);
    const command = definition?.["command"];
    return {
      name: handles.get(service),
      kind: s2Kind(kind),
      start_cmd: Array.isArray(command) ? command.join(" ") : null,
      working_dir: definition?.["directory"] ?? null,
      match_keywords: [],
      ports,
      api_url: urls[0] ?? null,
      tailscale_url: tailscaleUrlOf(service),
      description: description || null,
    };
  });
}
