import { probeKindEntry } from "../probe-kind-entry.ts";
import { NODE_FIELD, PANEL, PANEL_FIELDS, RECONNECT_NODE, signInField } from "./panel-fields.ts";

export const remnawaveProbe = probeKindEntry({
  ...PANEL,
  title: "Remnawave",
  meaning: "Reads a Remnawave panel: its nodes, its users by state and who is online now, traffic and version.",
  fields: { ...PANEL_FIELDS, signIn: signInField("token") },
  target: ({ url }) => url,
  charts: [...PANEL.charts, { key: "nodeUsers", metrics: ["vpn_panel_node_online_users"] }],
  acts: {
    "reconnect-node": RECONNECT_NODE,
    "restart-core": {
      class: "dangerous",
      meaning: "Restarts the cores of ALL enabled nodes: every user is cut off for a moment.",
      fields: {},
    },
    "enable-node": {
      class: "dangerous",
      meaning: "Lets a disabled node serve again. Proven when the panel says that it is not disabled.",
      fields: { node: NODE_FIELD },
    },
    "disable-node": {
      class: "dangerous",
      meaning: "Takes a node out of service: its users are cut off. Proven when the panel says that it is disabled.",
      fields: { node: NODE_FIELD },
    },
  },
});
