import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";

export const logNotifier = notifierKindEntry({
  title: "Log",
  meaning: "Writes into the hub's own log, for whoever collects that.",
  fields: { ...TEMPLATE_FIELDS },
  secret: "none",
  perMinuteMax: 600,
  canEdit: false,
  canSay: false,
  target: () => "the hub's log",
});
