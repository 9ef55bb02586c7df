import { probeKindEntry } from "../probe-kind-entry.ts";
import { ONLINE_WINDOW_FIELD, PANEL, PANEL_FIELDS, RECONNECT_NODE, signInField } from "./panel-fields.ts";

export const marzbanProbe = probeKindEntry({
  ...PANEL,
  title: "Marzban",
  meaning: "Reads a Marzban panel: its nodes, its users by state and who is online now, traffic and version.",
  fields: { ...PANEL_FIELDS, signIn: signInField("password"), onlineWindowSeconds: ONLINE_WINDOW_FIELD },
  target: ({ url }) => url,
  acts: {
    "reconnect-node": RECONNECT_NODE,
    "restart-core": {
      class: "dangerous",
      meaning: "Restarts the panel's own core and with it the cores of ALL nodes: every user is cut off for a moment.",
      fields: {},
    },
  },
});
