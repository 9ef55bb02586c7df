import { CA_FIELD, CERTIFICATE_FIELDS, PLAIN } from "../probe-kind-entry.ts";
import type { ProbeAct } from "../probe-kind-entry.ts";

/** Of every VPN panel. The secret is the password of `user`, or the token. */
export const PANEL_FIELDS = {
  url: { is: "text", form: "http-url", charactersMax: 500 },
  user: { is: "text", form: "any", charactersMax: 100, default: "" },
  nodesMustBeConnected: { is: "choice", of: ["all", "any"], default: "all" },
  connectingSeconds: { is: "number", unit: "seconds", least: 5, most: 3_600, default: 120, further: true },
  ca: CA_FIELD,
  ...CERTIFICATE_FIELDS,
} as const;

/** Who was seen within so many seconds is online now. */
export const ONLINE_WINDOW_FIELD = {
  is: "number",
  unit: "seconds",
  least: 30,
  most: 86_400,
  default: 120,
  further: true,
} as const;

export const signInField = (first: "password" | "token") =>
  ({ is: "choice", of: ["password", "token"], default: first }) as const;

export const NODE_FIELD = { is: "text", form: "word", charactersMax: 64 } as const;

export const RECONNECT_NODE = {
  class: "dangerous",
  meaning:
    "Connects the node anew; its users are cut off meanwhile. Proven when the node leaves and is connected again.",
  fields: { node: NODE_FIELD },
} as const satisfies ProbeAct;

/** What the panels have in common. They are asked several things at each run, and answer slowly when they are large. */
export const PANEL = {
  ...PLAIN,
  group: "panel",
  secret: "required",
  intervalMsDefault: 60_000,
  timeoutMsDefault: 20_000,
  charts: [
    { key: "users", metrics: ["vpn_panel_users", "vpn_panel_online_users"] },
    { key: "nodes", metrics: ["vpn_panel_nodes"] },
    { key: "traffic", metrics: ["vpn_panel_traffic_bytes_total"] },
    { key: "nodeTraffic", metrics: ["vpn_panel_node_traffic_bytes_total"] },
  ],
} as const;
