import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";

export const gotifyNotifier = notifierKindEntry({
  title: "Gotify",
  meaning: "Pushes to an application of a Gotify server of yours.",
  fields: { url: { is: "text", form: "http-url", charactersMax: 500 }, ...TEMPLATE_FIELDS, ca: CA_FIELD },
  secret: "required",
  perMinuteMax: 60,
  canEdit: false,
  canSay: false,
  target: ({ url }) => url,
});
