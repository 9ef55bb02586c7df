import { MusterError, probeEntry } from "@muster/core";
import type { ProbeReportView, ProbeView } from "@muster/protocol";
import { ok } from "./compat-handler.ts";
import type { CompatHandlers, RouteCall } from "./compat-handler.ts";
import type { S3 } from "./compat-table.ts";
import { naiveLocal } from "./units.ts";

type Doors = "GET /api/marzban/instances" | "GET /api/marzban/instances/{id}";
type Value = ProbeReportView["facts"][number]["value"];

/** VPN panels as the VPN's manager lists them, from what their probes saw last. */
export const s3Panels: Pick<CompatHandlers<typeof S3>, Doors> = {
  "GET /api/marzban/instances": async ({ call }) =>
    ok({ instances: await Promise.all((await panelsOf(call)).map((panel) => instanceOf(call, panel))) }),
  "GET /api/marzban/instances/{id}": async ({ call, params }) => {
    const wanted = params["id"] ?? "";
    const panels = await panelsOf(call);
    const panel = panels.find(({ id }) => id === wanted) ?? panels.find(({ name }) => name === wanted);
    if (panel === undefined) throw new MusterError("NOT_FOUND");
    return ok(await instanceOf(call, panel));
  },
};

const panelsOf = async (call: RouteCall): Promise<readonly ProbeView[]> =>
  (await call("GET /api/v1/probes", { query: {} })).items.filter(({ kind }) => probeEntry(kind).group === "panel");

async function instanceOf(call: RouteCall, { id }: ProbeView): Promise<object> {
  const { probe, report } = await call("GET /api/v1/probes/{id}", { params: { id } });
  const fact = (key: string): Value => report.facts.find((one) => one.key === key)?.value ?? null;
  return {
    ...{ instance_id: probe.id, name: probe.name, base_url: probe.target, status: probe.health },
    ...{ is_active: probe.state === "active", priority: null, nodes: nodesOf(report) },
    total_users: fact("usersTotal"),
    active_users: fact("usersActiveNow"),
    last_check: naiveLocal(probe.lastAt),
  };
}

function nodesOf({ tables }: ProbeReportView): readonly object[] {
  const table = tables.find(({ key }) => key === "nodes");
  const places = new Map(table?.columns.map(({ key }, place) => [key, place]));
  return (table?.rows ?? []).map((row) => {
    const cell = (key: string): Value => row[places.get(key) ?? -1] ?? null;
    return {
      ...{ name: cell("name"), address: cell("address"), status: cell("state"), users_count: null },
      users_active: cell("onlineUsers"),
      ...{ traffic_up: cell("upload"), traffic_down: cell("download") },
    };
  });
}
