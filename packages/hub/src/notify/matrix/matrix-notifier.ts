import { failedBy, notOf } from "../answered.ts";
import type { CreateNotifier, Delivery } from "../notifier.ts";
import { below, jsonOf, sendJson } from "../send-json.ts";
import { tellEditing } from "../tell-editing.ts";
import { bytesOf, cutText, escapeHtml } from "../text.ts";
import { LINK_TEXT, wordsOf } from "../words.ts";
import type { Words } from "../words.ts";

/** Of each form of a text: an edit holds four of them, and an event at most 64 KiB. */
const TEXT_BYTES_MAX = 8_000;

export const createMatrixNotifier: CreateNotifier<"matrix"> = ({ homeserver, roomId, ca }, { way, secret = "" }) => {
  /** `transaction`: the server takes each only once, however often it is tried. */
  async function put(
    transaction: string,
    content: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const path = ["rooms", roomId, "send", "m.room.message", transaction].map(encodeURIComponent).join("/");
    const url = below(homeserver, `/_matrix/client/v3/${path}`);
    const headers = { authorization: `Bearer ${secret}` };
    // Said to be nobody, so that no name in a text calls anybody.
    const body = { msgtype: "m.text", "m.mentions": {}, ...content };
    const answer = await sendJson(way, { url, method: "PUT", body, headers, ca }, signal);
    const failed = failedBy(answer, ({ retry_after_ms: waitMs }) => waitMs);
    if (failed !== undefined) return failed;
    const { event_id: event } = jsonOf(answer);
    return typeof event === "string" && event.length <= 255 ? { outcome: "sent", ref: event } : notOf("Matrix");
  }

  return {
    deliver(notice, ref, signal) {
      const words = wordsOf(notice, { eager: true });
      const whole = contentOf(words);
      return tellEditing(notice, ref, {
        send: () => put(notice.key, whole, signal),
        edit: (event) =>
          put(
            `${notice.key}-edit`,
            {
              ...whole,
              "m.new_content": { msgtype: "m.text", "m.mentions": {}, ...whole },
              "m.relates_to": { rel_type: "m.replace", event_id: event },
            },
            signal,
          ),
        reply: (event) =>
          put(
            `${notice.key}-reply`,
            { ...contentOf({ ...words, lines: [] }), "m.relates_to": { "m.in_reply_to": { event_id: event } } },
            signal,
          ),
      });
    },
  };
};

/** As plain text and as HTML that says the same. */
function contentOf({ head, lines, url }: Words) {
  const end = url === undefined ? "" : `\n${url}`;
  const link = url === undefined ? "" : `<br><a href="${escapeHtml(url)}">${LINK_TEXT}</a>`;
  const html = { escape: escapeHtml, sizeOf: bytesOf };
  const rest = cutText(lines.join("\n"), TEXT_BYTES_MAX, html).replaceAll("\n", "<br>");
  return {
    body: `${cutText([head, ...lines].join("\n"), TEXT_BYTES_MAX, { sizeOf: bytesOf })}${end}`,
    format: "org.matrix.custom.html",
    formatted_body: `<strong>${cutText(head, TEXT_BYTES_MAX, html)}</strong>${rest === "" ? "" : `<br>${rest}`}${link}`,
  };
}
