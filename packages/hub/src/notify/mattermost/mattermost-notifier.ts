import { failedBy } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";
import { sendJson } from "../send-json.ts";
import { cutText } from "../text.ts";
import { LINK_TEXT, wordsOf } from "../words.ts";

const TEXT_MAX = 16_383;
const HEAD_MAX = 2_000;

export const createMattermostNotifier: CreateNotifier<"mattermost"> = ({ ca }, { way, secret = "" }) => ({
  async deliver(notice, _ref, signal) {
    const { head, lines, url } = wordsOf(notice);
    const first = `**${cutText(head, HEAD_MAX, { escape })}**`;
    const end = url === undefined ? "" : `\n[${LINK_TEXT}](${url})`;
    // A mark before each line, so that none begins as a list, a quotation or a heading.
    const rest = lines.map((line) => `\n• ${line}`).join("");
    const text = `${first}${cutText(rest, TEXT_MAX - first.length - end.length, { escape })}${end}`;
    return failedBy(await sendJson(way, { url: secret, body: { text }, ca }, signal)) ?? { outcome: "sent" };
  },
});

const ANGLES: Readonly<Record<string, string>> = { "<": "‹", ">": "›" };

/** Angles are read as Slack reads them, as links and mentions, and cannot be escaped: others stand in their place. */
const escape = (text: string): string => text.replaceAll(/[\\`*_~|[\](){}#<>]/g, (one) => ANGLES[one] ?? `\\${one}`);
