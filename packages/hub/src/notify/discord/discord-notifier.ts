import type { Notice } from "@muster/core";
import { failedBy, notOf } from "../answered.ts";
import type { CreateNotifier, Delivery } from "../notifier.ts";
import { jsonOf, sendJson } from "../send-json.ts";
import { tellEditing } from "../tell-editing.ts";
import { cutText } from "../text.ts";
import { colourOf, LINK_TEXT, wordsOf } from "../words.ts";

const CONTENT_MAX = 2_000;
const DESCRIPTION_MAX = 4_096;

export const createDiscordNotifier: CreateNotifier<"discord"> = ({ ca }, { way, secret = "" }) => {
  async function call(
    method: "POST" | "PATCH",
    message: string | undefined,
    body: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const answer = await sendJson(
      way,
      // Whatever a text holds, nobody is called by it.
      { url: addressOf(secret, message), method, body: { allowed_mentions: { parse: [] }, ...body }, ca },
      signal,
    );
    const { id, retry_after: retryAfter } = jsonOf(answer);
    const failed = failedBy(answer, () => (typeof retryAfter === "number" ? retryAfter * 1_000 : undefined));
    if (failed !== undefined) return failed;
    return typeof id === "string" && /^\d{1,25}$/.test(id) ? { outcome: "sent", ref: id } : notOf("Discord");
  }

  return {
    deliver: (notice, ref, signal) =>
      tellEditing(notice, ref, {
        send: () => call("POST", undefined, wholeOf(notice), signal),
        edit: (message) => call("PATCH", message, wholeOf(notice), signal),
        // A webhook cannot answer a message, so this stands for itself.
        reply: () =>
          call("POST", undefined, { content: cutText(wordsOf(notice).head, CONTENT_MAX, { escape }) }, signal),
      }),
  };
};

/** Of a new message or one that is there; a thread that the address names stays named. An address that is none stays so. */
function addressOf(secret: string, message: string | undefined): string {
  if (!URL.canParse(secret)) return secret;
  const url = new URL(secret);
  if (message === undefined) url.searchParams.set("wait", "true");
  else url.pathname = `${url.pathname.replace(/\/+$/, "")}/messages/${message}`;
  return url.href;
}

function wholeOf(notice: Notice) {
  const { head, lines, url } = wordsOf(notice);
  // A mark before each line, so that none begins as a list, a quotation or a heading.
  const text = lines.map((line) => `• ${line}`).join("\n");
  const end = url === undefined ? "" : `\n[${LINK_TEXT}](${url})`;
  return {
    content: cutText(head, CONTENT_MAX, { escape }),
    embeds: [
      { color: colourOf(notice), description: `${cutText(text, DESCRIPTION_MAX - end.length, { escape })}${end}` },
    ],
  };
}

const escape = (text: string): string => text.replaceAll(/[\\`*_~|<>[\]()#:]/g, (one) => `\\${one}`);
