import { CA_FIELD } from "../../probes/probe-kind-entry.ts";
import { notifierKindEntry } from "../notifier-kind-entry.ts";
import { TEMPLATE_FIELDS } from "./template-fields.ts";
import { apiUrlField, byWay } from "./vendor-address.ts";

const API_URL = "https://api.telegram.org";

export const telegramNotifier = notifierKindEntry({
  title: "Telegram",
  meaning: "A bot writes to a person, a group or a channel: one message an incident, kept up to date.",
  fields: {
    /** A number, with a minus for groups, or a public channel as `@name`. */
    chatId: { is: "text", form: "word", charactersMax: 64 },
    /** A topic of a group with topics; 0: none. */
    threadId: { is: "number", unit: "count", least: 0, most: 2_147_483_647, default: 0, further: true },
    /** The bot also answers commands and buttons of people who are bound to it. */
    commands: { is: "flag", default: false, further: true },
    /** Commands come by calls of Telegram to the hub's public https address; otherwise the hub fetches them. */
    webhook: { is: "flag", default: false, further: true },
    apiUrl: apiUrlField(API_URL),
    ...TEMPLATE_FIELDS,
    ca: CA_FIELD,
  },
  secret: "required",
  // Twenty a minute in a group, and one notice may be an edit and a message.
  perMinuteMax: 10,
  canEdit: true,
  canSay: true,
  target: ({ chatId, threadId, apiUrl }) =>
    `${chatId}${threadId === 0 ? "" : ` topic ${threadId}`}${byWay(apiUrl, API_URL)}`,
});
