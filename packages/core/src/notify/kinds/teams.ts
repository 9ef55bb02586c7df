import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { PLACE_FIELD } from "./vendor-address.ts";

export const teamsNotifier = notifierKindEntry({
  title: "Microsoft Teams",
  meaning: "Posts a card to a channel or chat by a workflow, whose address is the secret.",
  fields: { channel: PLACE_FIELD, ...TEMPLATE_FIELDS, ca: CA_FIELD },
  secret: "required",
  perMinuteMax: 30,
  canEdit: false,
  canSay: false,
  target: ({ channel }) => channel,
});
