import type { Notice, Severity } from "@muster/core";
import { failedBy } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";
import { below, sendJson } from "../send-json.ts";
import { bytesOf, cutText } from "../text.ts";
import { wordsOf } from "../words.ts";

const TITLE_BYTES_MAX = 250;
/** What is longer becomes a file that is attached. */
const MESSAGE_BYTES_MAX = 4_000;

export const createNtfyNotifier: CreateNotifier<"ntfy"> = ({ topic, apiUrl, ca }, { way, secret }) => ({
  async deliver(notice, _ref, signal) {
    const { head, lines, url } = wordsOf(notice);
    // All in JSON, so that no text has to stand in a header.
    const body = {
      ...{ topic, title: cutText(head, TITLE_BYTES_MAX, { sizeOf: bytesOf }), priority: priorityOf(notice) },
      // ntfy shows what is empty as "triggered".
      message: cutText(lines.join("\n") || head, MESSAGE_BYTES_MAX, { sizeOf: bytesOf }),
      ...(url !== undefined && { click: url }),
      // What is told of the same incident takes the place of what was told before, also when it is told twice.
      sequence_id: sequenceOf(notice),
    };
    const headers = secret === undefined ? {} : { authorization: authorizationOf(secret) };
    return failedBy(await sendJson(way, { url: below(apiUrl, "/"), body, headers, ca }, signal)) ?? { outcome: "sent" };
  },
});

const PRIORITIES: Readonly<Record<Severity, number>> = { info: 2, warning: 3, error: 4, critical: 5 };

/** Of 1 to 5. What calls for nobody makes no noise. */
function priorityOf({ kind, severity }: Notice): number {
  if (kind === "acknowledged" || kind === "grown") return 2;
  return kind === "resolved" || kind === "test" ? 3 : PRIORITIES[severity];
}

const sequenceOf = ({ incidentId, key }: Notice): string =>
  (incidentId === "" ? key : incidentId).replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 64);

/** A token, or a name and a password with a colon between them. */
const authorizationOf = (secret: string): string =>
  secret.includes(":") ? `Basic ${Buffer.from(secret).toString("base64")}` : `Bearer ${secret}`;
