import { probeKindEntry } from "../probe-kind-entry.ts";
import { PANEL, PANEL_FIELDS, RECONNECT_NODE, signInField } from "./panel-fields.ts";

export const marzneshinProbe = probeKindEntry({
  ...PANEL,
  title: "Marzneshin",
  meaning: "Reads a Marzneshin panel: its nodes and what runs on them, its users by state, who is online now, traffic.",
  fields: { ...PANEL_FIELDS, signIn: signInField("password") },
  target: ({ url }) => url,
  acts: { "reconnect-node": RECONNECT_NODE },
});
