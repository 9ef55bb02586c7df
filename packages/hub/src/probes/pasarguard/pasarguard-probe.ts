import { parsePasarguardNodes, parsePasarguardSystem, parseUserPage, PullTextError } from "@muster/core";
import type { PanelNode, PanelOnline, PanelPart, ProbeSettingsOf } from "@muster/core";
import type { PanelClient } from "../panel-client.ts";
import { reconnectNode, restartCore } from "../panel-acts.ts";
import { createPanelProbe, panelPart } from "../panel-probe.ts";
import type { PanelKind } from "../panel-probe.ts";
import { bearer, formLogin } from "../panel-sign-in.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

/** Nobody is online after this, unless the panel does not know the question. */
const FAR_AWAY = "2999-01-01T00:00:00Z";

/** Reads a PasarGuard panel. */
export function createPasarguardProbe(settings: ProbeSettingsOf<"pasarguard">, deps: ProbeDeps): Probe {
  const nodes = (panel: PanelClient, signal: AbortSignal): Promise<PanelPart<readonly PanelNode[]>> =>
    panelPart(panel, "/api/nodes", "nodes: read", ({ text }) => parsePasarguardNodes(text), signal);
  const kind: PanelKind = {
    title: "PasarGuard",
    headersOf: (token, from) => (from === "made" ? { "x-api-key": token } : bearer(token)),
    login: formLogin("/api/admin/token"),
    firstPath: "/api/system",
    nodes,
    async read(panel, first, signal) {
      const system = parsePasarguardSystem(first.text);
      const { windowSeconds, at } = { windowSeconds: settings.onlineWindowSeconds, at: deps.clock.now() };
      const since = new Date(first.at - windowSeconds * 1_000).toISOString();
      const { total } = system.users;
      return {
        system,
        nodes: await nodes(panel, signal),
        core: { is: "none" },
        online: await onlineSince(panel, { since, total, windowSeconds, at }, signal),
      };
    },
    acts: {
      "reconnect-node": reconnectNode({
        ...{ method: "POST", path: (id) => `/api/node/${id}/reconnect`, right: "nodes: reconnect" },
      }),
      "restart-core": (acting, { core }) =>
        restartCore(acting, { path: `/api/core/${Number(core)}/restart`, right: "cores: update" }),
    },
  };
  return createPanelProbe(settings, deps, kind);
}

async function onlineSince(
  panel: PanelClient,
  {
    since,
    total,
    ...rest
  }: { readonly since: string; readonly total: number | null; readonly windowSeconds: number; readonly at: number },
  signal: AbortSignal,
): Promise<PanelPart<PanelOnline>> {
  const seenAfter = (when: string): Promise<PanelPart<number>> =>
    panelPart(
      panel,
      `/api/users?limit=1&online_after=${encodeURIComponent(when)}`,
      "users: read",
      ({ text }) => {
        const count = parseUserPage(text, 0).total;
        if (count === null) throw new PullTextError("the answer has no total of users");
        return count;
      },
      signal,
    );
  const found = await seenAfter(since);
  if (found.is !== "read") return found;
  // A version that does not know the question answers with all users.
  if (found.value > 0 && found.value === total) {
    const none = await seenAfter(FAR_AWAY);
    if (none.is !== "read") return none;
    if (none.value > 0)
      return {
        is: "missing",
        because: "not-told",
        why: "this version cannot be asked who is online; upgrade the panel",
      };
  }
  return { is: "read", value: { count: found.value, ...rest } };
}
