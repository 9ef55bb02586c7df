import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { apiUrlField } from "./vendor-address.ts";

export const ntfyNotifier = notifierKindEntry({
  title: "ntfy",
  meaning: "Publishes to a topic of ntfy.sh or of a server of your own: one notification an incident, kept up to date.",
  fields: {
    topic: { is: "text", form: "word", charactersMax: 64 },
    apiUrl: apiUrlField("https://ntfy.sh"),
    ...TEMPLATE_FIELDS,
    ca: CA_FIELD,
  },
  // A token, or `user:password`, where the topic is protected.
  secret: "optional",
  // Whoever has no account gets a new message each five seconds.
  perMinuteMax: 12,
  canEdit: true,
  canSay: false,
  target: ({ topic, apiUrl }) => `${topic} by ${apiUrl}`,
});
