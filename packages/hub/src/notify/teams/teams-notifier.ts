import type { Notice, Severity } from "@muster/core";
import { failedBy } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";
import { sendJson } from "../send-json.ts";
import { bytesOf, cutText, JOINER } from "../text.ts";
import { LINK_TEXT, wordsOf } from "../words.ts";

/** Of the text in a card; with all else in it a message stays below the 28 KB that Teams takes. */
const TEXT_BYTES_MAX = 12_000;

export const createTeamsNotifier: CreateNotifier<"teams"> = ({ ca }, { way, secret = "" }) => ({
  async deliver(notice, _ref, signal) {
    const body = {
      type: "message",
      attachments: [
        { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: cardOf(notice) },
      ],
    };
    return failedBy(await sendJson(way, { url: secret, body, ca }, signal)) ?? { outcome: "sent" };
  },
});

const COLOURS: Readonly<Record<Severity, string>> = {
  info: "accent",
  warning: "warning",
  error: "attention",
  critical: "attention",
};

function cardOf(notice: Notice) {
  const { head, lines, url } = wordsOf(notice);
  const block = (text: string, more: object = {}) => ({ type: "TextBlock", text, wrap: true, ...more });
  // A mark before each line, so that none begins as a list.
  const text = cutText(lines.map((line) => `• ${line}`).join("\n"), TEXT_BYTES_MAX, { sizeOf: bytesOf });
  return {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    // Workflows take no later version.
    ...{ type: "AdaptiveCard", version: "1.4", fallbackText: disarmed(head) },
    body: [
      block(disarmed(head), {
        ...{ weight: "bolder", size: "medium" },
        color: notice.state === "resolved" ? "good" : COLOURS[notice.severity],
      }),
      ...(text === "" ? [] : text.split("\n").map((line) => block(disarmed(line), { spacing: "small" }))),
    ],
    ...(url !== undefined && { actions: [{ type: "Action.OpenUrl", title: LINK_TEXT, url }] }),
  };
}

/**
 * Text blocks read a little markdown and dates in braces, and not all clients know escapes: emphasis gets other characters,
 * and links and dates come apart.
 */
const disarmed = (text: string): string =>
  text
    .replaceAll("*", "∗")
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "＿")
    .replaceAll(/(?<=\])(?=\()|(?<=\{)(?=\{)/g, JOINER);
