import type { Notice, Severity } from "@muster/core";
import { failedBy } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";
import { below, sendJson } from "../send-json.ts";
import { cutText } from "../text.ts";
import { wordsOf } from "../words.ts";

/** Gotify names no limit; this keeps notifications readable. */
const MESSAGE_MAX = 8_000;

export const createGotifyNotifier: CreateNotifier<"gotify"> = ({ url, ca }, { way, secret = "" }) => ({
  async deliver(notice, _ref, signal) {
    const { head, lines, url: link } = wordsOf(notice);
    const body = {
      ...{ title: head, message: cutText(lines.join("\n") || head, MESSAGE_MAX), priority: priorityOf(notice) },
      extras: {
        // Said although it is the default, which an application may have changed: nothing in it is markup.
        "client::display": { contentType: "text/plain" },
        ...(link !== undefined && { "client::notification": { click: { url: link } } }),
      },
    };
    const headers = { "x-gotify-key": secret };
    return (
      failedBy(await sendJson(way, { url: below(url, "/message"), body, headers, ca }, signal)) ?? { outcome: "sent" }
    );
  },
});

const PRIORITIES: Readonly<Record<Severity, number>> = { info: 2, warning: 5, error: 7, critical: 9 };

/** From 4 on it makes a sound, from 8 on it also shows on top. */
const priorityOf = ({ kind, severity }: Notice): number =>
  kind === "resolved" || kind === "test" ? 5 : PRIORITIES[severity];
