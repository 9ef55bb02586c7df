import type { Notice, Severity } from "@muster/core";
import { failedBy, notOf } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";
import { below, jsonOf, sendJson } from "../send-json.ts";
import { cutText } from "../text.ts";
import { LINK_TEXT, wordsOf } from "../words.ts";

const TITLE_MAX = 250;
const MESSAGE_MAX = 1_024;
const URL_MAX = 512;

export const createPushoverNotifier: CreateNotifier<"pushover"> = (settings, { way, secret = "" }) => ({
  async deliver(notice, _ref, signal) {
    const { user, device, apiUrl, ca } = settings;
    const { head, lines, url } = wordsOf(notice);
    const body = {
      ...{ token: secret, user, ...(device !== "" && { device }) },
      ...{ title: cutText(head, TITLE_MAX), message: cutText(lines.join("\n") || head, MESSAGE_MAX) },
      ...{ priority: priorityOf(notice), timestamp: Math.floor(notice.at / 1_000) },
      ...(url !== undefined && url.length <= URL_MAX && { url, url_title: LINK_TEXT }),
    };
    const answer = await sendJson(way, { url: below(apiUrl, "/1/messages.json"), body, ca }, signal);
    return failedBy(answer) ?? (jsonOf(answer)["status"] === 1 ? { outcome: "sent" } : notOf("Pushover"));
  },
});

const PRIORITIES: Readonly<Record<Severity, number>> = { info: -1, warning: 0, error: 0, critical: 1 };

/** 1 is heard also in quiet hours; 2, which asks until somebody confirms, is left to whoever is on call by other means. */
const priorityOf = ({ kind, severity }: Notice): number =>
  kind === "resolved" || kind === "test" ? 0 : PRIORITIES[severity];
