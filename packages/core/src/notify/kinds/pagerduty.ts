import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { apiUrlField } from "./vendor-address.ts";

export const pagerdutyNotifier = notifierKindEntry({
  title: "PagerDuty",
  meaning: "Opens, acknowledges and resolves alerts of a service by the Events API; its integration key is the secret.",
  fields: {
    /** What PagerDuty shows as the source of all alerts. */
    source: { is: "text", form: "any", charactersMax: 100, default: "Muster", further: true },
    apiUrl: apiUrlField("https://events.pagerduty.com"),
    ...TEMPLATE_FIELDS,
    ca: CA_FIELD,
  },
  secret: "required",
  perMinuteMax: 100,
  canEdit: true,
  canSay: false,
  target: ({ source, apiUrl }) => `${source} at ${apiUrl}`,
});
