import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";

export const webhookNotifier = notifierKindEntry({
  title: "Webhook",
  meaning: "Sends JSON, or a body of your own, to an address; signed where there is a secret.",
  fields: {
    url: { is: "text", form: "http-url", charactersMax: 2_000 },
    headers: { is: "lines", form: "header", itemsMax: 20, charactersMax: 2_100, further: true },
    /** Placeholders such as `{{title}}` stand for what is told, as JSON strings without their quotes; empty: all of it as JSON. */
    body: { is: "text", form: "template", block: true, charactersMax: 20_000, default: "", further: true },
    ca: CA_FIELD,
  },
  secret: "optional",
  perMinuteMax: 60,
  canEdit: true,
  canSay: true,
  target: ({ url }) => url,
});
