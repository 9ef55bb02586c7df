import {
  parseRemnawaveNodes,
  parseRemnawaveStats,
  parseRemnawaveVersion,
  readPart,
  REMNAWAVE_ONLINE_SECONDS,
  remnawaveToken,
} from "@muster/core";
import type { PanelNode, PanelPart, ProbeSettingsOf } from "@muster/core";
import type { PanelClient } from "../panel-client.ts";
import { reconnectNode, restartCore, switchNode } from "../panel-acts.ts";
import { createPanelProbe, panelPart, valueOf } from "../panel-probe.ts";
import type { PanelKind } from "../panel-probe.ts";
import { bearer } from "../panel-sign-in.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

const NODES_RIGHT = "the token's scope must hold nodes";

const nodes = (panel: PanelClient, signal: AbortSignal): Promise<PanelPart<readonly PanelNode[]>> =>
  panelPart(panel, "/api/nodes", NODES_RIGHT, ({ text }) => parseRemnawaveNodes(text), signal);

/** Reads a Remnawave panel. */
export function createRemnawaveProbe(settings: ProbeSettingsOf<"remnawave">, deps: ProbeDeps): Probe {
  /** It changes only when the panel is started anew. */
  let version: { readonly text: string | null; readonly upSeconds: number } | undefined;
  const kind: PanelKind = {
    title: "Remnawave",
    headersOf: bearer,
    // It cuts the connection of whoever does not come by its reverse proxy, which sets these anew.
    headers: { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" },
    login: {
      path: "/api/auth/login",
      contentType: "application/json",
      body: (username, password) => JSON.stringify({ username, password }),
      tokenOf: remnawaveToken,
    },
    firstPath: "/api/system/stats",
    nodes,
    async read(panel, first, signal) {
      const { online, ...system } = parseRemnawaveStats(first.text);
      const upSeconds = system.host.uptimeSeconds ?? 0;
      if (version === undefined || upSeconds < version.upSeconds) {
        // Older versions do not tell it.
        const told = await panelPart(
          panel,
          "/api/system/metadata",
          "",
          ({ text }) => parseRemnawaveVersion(text),
          signal,
        );
        version = { text: valueOf(told) ?? null, upSeconds };
      } else version = { ...version, upSeconds };
      return {
        system: { ...system, version: version.text },
        nodes: await nodes(panel, signal),
        core: { is: "none" },
        online:
          online === null
            ? { is: "missing", because: "failed", why: "the answer does not tell" }
            : readPart({ count: online, windowSeconds: REMNAWAVE_ONLINE_SECONDS, at: deps.clock.now() }),
      };
    },
    acts: {
      "reconnect-node": reconnectNode({
        ...{ method: "POST", path: (id) => `/api/nodes/${id}/actions/restart`, right: NODES_RIGHT },
        body: { forceRestart: true },
      }),
      "restart-core": (acting) =>
        restartCore(acting, {
          path: "/api/nodes/actions/restart-all",
          body: { forceRestart: true },
          right: NODES_RIGHT,
        }),
      "enable-node": switchNode("enabled", {
        ...{ method: "POST", path: (id) => `/api/nodes/${id}/actions/enable`, right: NODES_RIGHT },
      }),
      "disable-node": switchNode("disabled", {
        ...{ method: "POST", path: (id) => `/api/nodes/${id}/actions/disable`, right: NODES_RIGHT },
      }),
    },
  };
  return createPanelProbe(settings, deps, kind);
}
