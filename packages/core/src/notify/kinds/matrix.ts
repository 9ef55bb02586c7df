import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";

export const matrixNotifier = notifierKindEntry({
  title: "Matrix",
  meaning: "Writes to a room that is not encrypted: one message an incident, kept up to date.",
  fields: {
    homeserver: { is: "text", form: "http-url", charactersMax: 500 },
    /** Its own id, such as `!abc:example.org`, not an alias. */
    roomId: { is: "text", form: "any", charactersMax: 255 },
    ...TEMPLATE_FIELDS,
    ca: CA_FIELD,
  },
  secret: "required",
  // Homeservers let one account send a message each five seconds, and one notice may be an edit and a message.
  perMinuteMax: 6,
  canEdit: true,
  canSay: false,
  target: ({ homeserver, roomId }) => `${roomId} by ${homeserver}`,
});
