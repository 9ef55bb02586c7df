import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { PLACE_FIELD } from "./vendor-address.ts";

export const slackNotifier = notifierKindEntry({
  title: "Slack",
  meaning: "Writes to a channel by an incoming webhook, whose address is the secret.",
  fields: { channel: PLACE_FIELD, ...TEMPLATE_FIELDS, ca: CA_FIELD },
  secret: "required",
  perMinuteMax: 50,
  canEdit: false,
  canSay: false,
  target: ({ channel }) => channel,
});
