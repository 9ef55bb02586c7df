import { describeNotifier, OURS } from "./notifier.contract.ts";
import { httpRules, isEscapedHtml, MARKDOWN, markdownLeft, secretOf } from "./vendor-arena.ts";
import { must, mustBeText } from "./vendor-http.ts";
import type { VendorReply, VendorRequest } from "./vendor-http.ts";

type Json = Readonly<Record<string, unknown>>;

const TELEGRAM_TOKEN = `123456:${secretOf(35)}`;

describeNotifier(
  httpRules({
    kind: "telegram",
    settings: (apiUrl) => ({ chatId: "-100200", apiUrl }),
    secret: () => TELEGRAM_TOKEN,
    knowsItsVendor: true,
    busy: {
      status: 429,
      body: { ok: false, error_code: 429, description: "Too Many", parameters: { retry_after: 7 } },
    },
    answer: () => {
      const messages = new Map<number, string>();
      return ({ path, json }) => {
        const [, method] = path.split(`/bot${TELEGRAM_TOKEN}/`);
        must(method !== undefined, "the token is wrong");
        const { chat_id: chatId, text, message_id: id, reply_parameters: reply } = json;
        must(chatId === "-100200" && !("parse_mode" in json), "chat or parse mode");
        mustBeText(text, 4_096, "text");
        // What Telegram itself makes links of: addresses, domains, commands, topics, prices.
        const foreign = text.replaceAll(OURS, "");
        must(!/(?:^|[\s(])[/#$][\p{L}\d_]|[\p{L}\d]\.\p{L}{2}|@[a-z]/mu.test(foreign), "it has a link");
        if (method === "sendMessage") {
          must(reply === undefined || messages.has((reply as Json)["message_id"] as number), "reply to nothing");
          messages.set(messages.size + 1, text);
          return { status: 200, body: { ok: true, result: { message_id: messages.size, text } } };
        }
        must(method === "editMessageText", "an unknown method");
        const description =
          messages.get(id as number) === text
            ? "Bad Request: message is not modified: specified new message content is the same"
            : "Bad Request: message to edit not found";
        if (messages.get(id as number) === text || !messages.has(id as number))
          return { status: 400, body: { ok: false, error_code: 400, description } };
        messages.set(id as number, text);
        return { status: 200, body: { ok: true, result: { message_id: id, text } } };
      };
    },
    told: ({ json }) => ({ texts: [json["text"] as string], sameness: undefined }),
  }),
);

const slackTexts = ({ json }: VendorRequest): readonly string[] => [
  json["text"] as string,
  ...(json["blocks"] as readonly Json[]).map((block) => (block["text"] as Json)["text"] as string),
];

describeNotifier(
  httpRules({
    kind: "slack",
    settings: () => ({ channel: "#alerts" }),
    secret: (url) => `${url}/services/T1/B1/${secretOf(24)}`,
    knowsItsVendor: false,
    answer: () => (request) => {
      must(request.path === `/services/T1/B1/${secretOf(24)}`, "no such webhook");
      const blocks = request.json["blocks"] as readonly Json[];
      must(blocks.length > 0 && blocks.length <= 50, "too many blocks");
      for (const block of blocks) {
        const { type, text, ...how } = block["text"] as Json;
        mustBeText(text, 3_000, "a section");
        must(type === "plain_text" ? how["emoji"] === false : text === `<${OURS}|Open in Muster>`, "it has markup");
      }
      mustBeText(request.json["text"], 40_000, "text");
      const foreign = slackTexts(request).filter((text) => text !== `<${OURS}|Open in Muster>`);
      must(foreign.every(isEscapedHtml), "it is not escaped");
      return { status: 200, body: "ok" };
    },
    told: (request) => ({ texts: slackTexts(request), sameness: undefined }),
  }),
);

const discordTexts = ({ json }: VendorRequest): readonly string[] => [
  json["content"] as string,
  ...((json["embeds"] ?? []) as readonly Json[]).map((embed) => embed["description"] as string),
];

describeNotifier(
  httpRules({
    kind: "discord",
    settings: () => ({ channel: "#alerts" }),
    secret: (url) => `${url}/api/webhooks/1234/${secretOf(68)}?thread_id=42`,
    knowsItsVendor: true,
    busy: {
      status: 429,
      headers: { "retry-after": "60" },
      body: { message: "limited", retry_after: 6.5, global: false },
    },
    busyWaitMs: 6_500,
    answer: () => {
      const messages = new Set<string>();
      return (request) => {
        const { method, path, query, json } = request;
        const base = `/api/webhooks/1234/${secretOf(68)}`;
        must(path === base || path.startsWith(`${base}/messages/`), "no such webhook");
        must(query.get("thread_id") === "42", "the thread is lost");
        must(JSON.stringify(json["allowed_mentions"]) === '{"parse":[]}', "it calls people");
        mustBeText(json["content"], 2_000, "content");
        for (const embed of (json["embeds"] ?? []) as readonly Json[])
          mustBeText(embed["description"], 4_096, "description");
        for (const text of discordTexts(request)) must(!MARKDOWN.test(markdownLeft(text, OURS)), "it has markup");
        if (method === "PATCH") {
          const id = path.slice(`${base}/messages/`.length);
          return messages.has(id) ? { status: 200, body: { id } } : { status: 404, body: { code: 10_008 } };
        }
        must(method === "POST" && query.get("wait") === "true", "it does not wait");
        messages.add(String(messages.size + 100));
        return { status: 200, body: { id: String(messages.size + 99) } };
      };
    },
    told: (request) => ({
      texts: discordTexts(request).map((text) => markdownLeft(text, OURS)),
      sameness: undefined,
    }),
  }),
);

const cardOf = ({ json }: VendorRequest): Json => (json["attachments"] as readonly Json[])[0]!["content"] as Json;
const blocksOf = (request: VendorRequest): readonly Json[] => cardOf(request)["body"] as readonly Json[];

describeNotifier(
  httpRules({
    kind: "teams",
    settings: () => ({ channel: "Operations" }),
    secret: (url) => `${url}/workflows/1/triggers/manual/paths/invoke?api-version=1&sig=${secretOf(43)}`,
    knowsItsVendor: false,
    answer: () => (request) => {
      const { path, query, text, json } = request;
      must(path.endsWith("/paths/invoke") && query.get("sig") === secretOf(43), "no such workflow");
      must(Buffer.byteLength(text) <= 28 * 1_024 && json["type"] === "message", "no message, or too large");
      const { type, version, actions } = cardOf(request);
      must(type === "AdaptiveCard" && version === "1.4", "no card");
      for (const block of blocksOf(request)) {
        must(block["type"] === "TextBlock", "an unknown block");
        mustBeText(block["text"], 5_000, "a block");
        const markup = /\*|\]\(|\{\{|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^\s*(?:[-+]|\d+\.)\s/u;
        must(!markup.test(block["text"]), "it has markup");
      }
      must(actions === undefined || (actions as readonly Json[])[0]!["url"] === OURS, "a foreign link");
      return { status: 202 };
    },
    told: (request) => ({
      texts: [...blocksOf(request).map((block) => block["text"] as string), cardOf(request)["fallbackText"] as string],
      sameness: undefined,
    }),
  }),
);

const mattermostText = ({ json }: VendorRequest): string =>
  markdownLeft((json["text"] as string).replace(/^\*\*(.*)\*\*$/m, "$1"), OURS);

describeNotifier(
  httpRules({
    kind: "mattermost",
    settings: () => ({ channel: "town-square" }),
    secret: (url) => `${url}/hooks/${secretOf(26)}`,
    knowsItsVendor: false,
    answer: () => (request) => {
      must(request.path === `/hooks/${secretOf(26)}`, "no such webhook");
      mustBeText(request.json["text"], 16_383, "text");
      must(!MARKDOWN.test(mattermostText(request)), "it has markup");
      return { status: 200, body: "ok" };
    },
    told: (request) => ({ texts: [mattermostText(request)], sameness: undefined }),
  }),
);

const formattedText = (html: string): string =>
  html
    .replace(/^<strong>([^<>]*)<\/strong>/, "$1")
    .replaceAll("<br>", "\n")
    .replace(`<a href="${OURS}">Open in Muster</a>`, OURS);

describeNotifier(
  httpRules({
    kind: "matrix",
    settings: (homeserver) => ({ homeserver, roomId: "!room:example.org" }),
    secret: () => secretOf(40),
    knowsItsVendor: true,
    busy: { status: 429, body: { errcode: "M_LIMIT_EXCEEDED", error: "Too many", retry_after_ms: 7_000 } },
    answer: () => {
      const events = new Map<string, string>();
      return ({ method, path, headers, text, json }): VendorReply => {
        const prefix = "/_matrix/client/v3/rooms/!room%3Aexample.org/send/m.room.message/";
        must(method === "PUT" && path.startsWith(prefix), "no such room");
        must(headers.authorization === `Bearer ${secretOf(40)}`, "no such token");
        must(Buffer.byteLength(text) < 60_000, "M_TOO_LARGE");
        const relation = (json["m.relates_to"] ?? {}) as Json;
        const related = (relation["event_id"] ?? (relation["m.in_reply_to"] as Json | undefined)?.["event_id"]) as
          | string
          | undefined;
        must(related === undefined || [...events.values()].includes(related), "no such event");
        const contents = [json, ...(json["m.new_content"] === undefined ? [] : [json["m.new_content"] as Json])];
        must((relation["rel_type"] === "m.replace") === contents.length > 1, "an edit without what it becomes");
        for (const content of contents) {
          must(JSON.stringify(content["m.mentions"]) === "{}" && content["msgtype"] === "m.text", "it calls people");
          must(isEscapedHtml(formattedText(content["formatted_body"] as string)), "it has markup");
          const foreign = (content["body"] as string).replaceAll(OURS, "");
          must(!/[\p{L}\d]\.\p{L}{2}/u.test(foreign), "it has a link");
        }
        const transaction = path.slice(prefix.length);
        if (!events.has(transaction)) events.set(transaction, `$event${events.size}`);
        return { status: 200, body: { event_id: events.get(transaction) } };
      };
    },
    told: ({ path, json }) => ({
      texts: [json["body"] as string, formattedText(json["formatted_body"] as string)],
      sameness: path,
    }),
  }),
);
