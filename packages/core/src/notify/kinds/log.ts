import { notifierKindEntry } from "../notifier-kind-entry.ts";

export const logNotifier = notifierKindEntry({
  title: "Log",
  meaning: "Writes into the hub's own log, for whoever collects that.",
  fields: {},
  secret: "none",
  perMinuteMax: 600,
  canEdit: false,
  target: () => "the hub's log",
});
