import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { PLACE_FIELD } from "./vendor-address.ts";

export const discordNotifier = notifierKindEntry({
  title: "Discord",
  meaning: "Writes to a channel by a webhook, whose address is the secret: one message an incident, kept up to date.",
  fields: { channel: PLACE_FIELD, ...TEMPLATE_FIELDS, ca: CA_FIELD },
  secret: "required",
  // Thirty a minute of one webhook, and one notice may be an edit and a message.
  perMinuteMax: 15,
  canEdit: true,
  canSay: false,
  target: ({ channel }) => channel,
});
