import { probeKindEntry } from "../probe-kind-entry.ts";
import { ONLINE_WINDOW_FIELD, PANEL, PANEL_FIELDS, RECONNECT_NODE, signInField } from "./panel-fields.ts";

export const pasarguardProbe = probeKindEntry({
  ...PANEL,
  title: "PasarGuard",
  meaning: "Reads a PasarGuard panel: its nodes, its users by state and who is online now, traffic and version.",
  fields: { ...PANEL_FIELDS, signIn: signInField("password"), onlineWindowSeconds: ONLINE_WINDOW_FIELD },
  target: ({ url }) => url,
  acts: {
    "reconnect-node": RECONNECT_NODE,
    "restart-core": {
      class: "dangerous",
      meaning: "Restarts ALL nodes that run this core configuration: every user of theirs is cut off for a moment.",
      fields: { core: { is: "number", unit: "count", least: 1, most: 1_000_000_000, default: 1 } },
    },
  },
});
