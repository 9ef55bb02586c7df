import { MusterError, probeEntry } from "@muster/core";
import type { ProbeKindName } from "@muster/core";
import type { ProbeView } from "@muster/protocol";
import type { CallOptions, HubClient } from "../client/hub-client.ts";
import { alikeHint } from "../commands/alike-hint.ts";

/** Probes that a command is about. */
export interface ProbeChoice {
  /** What one of them is called. */
  readonly what: string;
  readonly read: (hub: HubClient, call?: CallOptions) => Promise<readonly ProbeView[]>;
}

const readProbes = async (
  query: { readonly kind?: ProbeKindName },
  hub: HubClient,
  call: CallOptions = {},
): Promise<readonly ProbeView[]> => (await hub.call("GET /api/v1/probes", { query }, call)).items;

export const ALL_PROBES: ProbeChoice = { what: "probe", read: (hub, call) => readProbes({}, hub, call) };
export const REDIS_PROBES: ProbeChoice = {
  what: "probe of a Redis",
  read: (hub, call) => readProbes({ kind: "redis" }, hub, call),
};
export const VPN_PANELS: ProbeChoice = {
  what: "VPN panel",
  read: async (hub, call) => (await readProbes({}, hub, call)).filter(({ kind }) => probeEntry(kind).group === "panel"),
};

/** One by its id or its exact name. Throws NOT_FOUND with the names that look alike, or with some that there are. */
export async function findProbe(hub: HubClient, wanted: string, { what, read } = ALL_PROBES): Promise<ProbeView> {
  const probes = await read(hub);
  const found = probes.find(({ id }) => id === wanted) ?? probes.find(({ name }) => name === wanted);
  if (found) return found;
  const names = probes.map(({ name }) => name);
  const hint = alikeHint(names, wanted) || (names.length > 0 ? ` There are: ${names.slice(0, 10).join(", ")}.` : "");
  throw new MusterError("NOT_FOUND", { message: `There is no ${what} called ${wanted}.${hint}` });
}
