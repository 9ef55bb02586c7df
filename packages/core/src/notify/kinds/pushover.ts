import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { apiUrlField, byWay } from "./vendor-address.ts";

const API_URL = "https://api.pushover.net";

export const pushoverNotifier = notifierKindEntry({
  title: "Pushover",
  meaning: "Pushes to the devices of a person or a group.",
  fields: {
    /** The key of the person or group; the application's token is the secret. */
    user: { is: "text", form: "word", charactersMax: 64 },
    /** Empty: all devices. */
    device: { is: "text", form: "word", charactersMax: 100, default: "", further: true },
    apiUrl: apiUrlField(API_URL),
    ...TEMPLATE_FIELDS,
    ca: CA_FIELD,
  },
  secret: "required",
  perMinuteMax: 30,
  canEdit: false,
  canSay: false,
  target: ({ user, device, apiUrl }) => `${user}${device === "" ? "" : ` on ${device}`}${byWay(apiUrl, API_URL)}`,
});
