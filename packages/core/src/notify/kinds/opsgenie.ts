import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { apiUrlField } from "./vendor-address.ts";

export const opsgenieNotifier = notifierKindEntry({
  title: "Opsgenie",
  meaning: "Creates, acknowledges and closes alerts of Opsgenie, or of what has the same interface.",
  fields: {
    /** Who is asked to respond; empty: whoever the integration belongs to. */
    team: { is: "text", form: "any", charactersMax: 100, default: "", further: true },
    apiUrl: apiUrlField("https://api.opsgenie.com"),
    ...TEMPLATE_FIELDS,
    ca: CA_FIELD,
  },
  secret: "required",
  perMinuteMax: 60,
  canEdit: true,
  canSay: false,
  target: ({ team, apiUrl }) => `${team === "" ? "" : `${team} at `}${apiUrl}`,
});
