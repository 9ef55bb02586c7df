import { CA_FIELD, HOST_FIELD, portField } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";

export const emailNotifier = notifierKindEntry({
  title: "E-mail",
  meaning: "Sends mail by a mail server of yours; mails of one incident belong together.",
  fields: {
    host: HOST_FIELD,
    port: portField(587),
    /** `starttls`: nothing is said before the connection is secure; `tls`: secure from the start, mostly on port 465. */
    security: { is: "choice", of: ["starttls", "tls", "none"], default: "starttls" },
    /** Empty: nobody logs in. */
    user: { is: "text", form: "any", charactersMax: 200, default: "" },
    from: { is: "text", form: "word", charactersMax: 200 },
    to: { is: "lines", form: "word", itemsMax: 20, charactersMax: 200 },
    fromName: { is: "text", form: "any", charactersMax: 100, default: "Muster", further: true },
    ...TEMPLATE_FIELDS,
    ca: CA_FIELD,
  },
  secret: "optional",
  perMinuteMax: 30,
  canEdit: false,
  canSay: false,
  target: ({ host, port, security, user, to }) =>
    `${to.join(", ")} by ${user === "" ? "" : `${user} at `}${host}:${port} (${security})`,
});
