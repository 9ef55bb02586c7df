import type { Notice } from "@muster/core";
import { failedBy } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";
import { below, sendJson } from "../send-json.ts";
import { cutText } from "../text.ts";
import { LINK_TEXT, wordsOf } from "../words.ts";

const SUMMARY_MAX = 1_024;

export const createPagerdutyNotifier: CreateNotifier<"pagerduty"> = ({ source, apiUrl, ca }, { way, secret = "" }) => ({
  async deliver(notice, _ref, signal) {
    const { head, lines, url } = wordsOf(notice);
    const body = {
      routing_key: secret,
      event_action: ACTIONS[notice.kind] ?? "trigger",
      // The same key is the same alert: what is told twice changes nothing.
      dedup_key: notice.incidentId === "" ? notice.key : notice.incidentId,
      payload: {
        ...{ summary: cutText(head, SUMMARY_MAX), source, severity: notice.severity },
        timestamp: new Date(notice.openedAt).toISOString(),
        custom_details: { lines },
      },
      client: "Muster",
      ...(url !== undefined && { client_url: url, links: [{ href: url, text: LINK_TEXT }] }),
    };
    return (
      failedBy(await sendJson(way, { url: below(apiUrl, "/v2/enqueue"), body, ca }, signal)) ?? { outcome: "sent" }
    );
  },
});

const ACTIONS: Partial<Readonly<Record<Notice["kind"], string>>> = { acknowledged: "acknowledge", resolved: "resolve" };
