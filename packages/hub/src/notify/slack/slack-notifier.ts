import { failedBy } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";
import { sendJson } from "../send-json.ts";
import { cutText } from "../text.ts";
import { LINK_TEXT, wordsOf } from "../words.ts";

/** Of a section's text, and of what is shown where there are no blocks, such as in a notification. */
const SECTION_MAX = 3_000;
const FALLBACK_MAX = 500;

export const createSlackNotifier: CreateNotifier<"slack"> = ({ ca }, { way, secret = "" }) => ({
  async deliver(notice, _ref, signal) {
    const { head, lines, url } = wordsOf(notice);
    // Sections of plain text: no markup, mention or link is read in them.
    const section = (text: string) => ({
      type: "section",
      text: { type: "plain_text", emoji: false, text: cutText(text, SECTION_MAX, { escape }) },
    });
    const body = {
      ...{ text: cutText(head, FALLBACK_MAX, { escape }), mrkdwn: false },
      ...{ unfurl_links: false, unfurl_media: false },
      blocks: [
        section(head),
        ...(lines.length > 0 ? [section(lines.join("\n"))] : []),
        ...(url === undefined
          ? []
          : [{ type: "section", text: { type: "mrkdwn", verbatim: true, text: `<${escape(url)}|${LINK_TEXT}>` } }]),
      ],
    };
    return failedBy(await sendJson(way, { url: secret, body, ca }, signal)) ?? { outcome: "sent" };
  },
});

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The three characters that mean something everywhere at Slack. */
const escape = (text: string): string => text.replaceAll(/[&<>]/g, (one) => ENTITIES[one]!);
