import { createHmac } from "node:crypto";
import { noticeBody, noticeHead } from "@muster/core";
import type { Notice } from "@muster/core";
import { headersFrom, uuidv7 } from "@muster/node-kit";
import { failedBy } from "../answered.ts";
import type { CreateNotifier, Delivery } from "../notifier.ts";

export const createWebhookNotifier: CreateNotifier<"webhook"> = (settings, { clock, way, secret }) => {
  const post = async (body: string, key: string, signal: AbortSignal): Promise<Delivery> => {
    const at = Math.floor(clock.now() / 1_000);
    const answer = await way.request(
      {
        ...{ url: settings.url, method: "POST", body },
        ...(settings.ca !== "" && { ca: settings.ca }),
        headers: {
          "content-type": "application/json",
          "idempotency-key": key,
          ...headersFrom(settings.headers),
          ...(secret !== undefined && { "muster-signature": `t=${at},v1=${signatureOf(secret, at, body)}` }),
        },
      },
      signal,
    );
    return failedBy(answer) ?? { outcome: "sent" };
  };
  const bodyOf = (whole: object, fields: Fields): string =>
    settings.body === "" ? JSON.stringify(whole, wellFormed) : filledBody(settings.body, fields);
  return {
    deliver: (notice, _ref, signal) => post(bodyOf(webhookBody(notice), fieldsOf(notice)), notice.key, signal),
    say(text, signal) {
      const at = Math.round(clock.now());
      const key = uuidv7(at);
      const fields = { kind: "message", key, at, title: text };
      return post(bodyOf({ version: 1, ...fields, text: [text] }, { ...fields, head: text, text }), key, signal);
    },
  };
};

/** HMAC-SHA-256 over `<seconds>.<body>`, hex: what was sent, when, and by whom. */
export const signatureOf = (secret: string, atSeconds: number, body: string): string =>
  createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");

const webhookBody = (notice: Notice) => ({ version: 1, ...notice, text: [noticeHead(notice), ...noticeBody(notice)] });

/** Halves of characters are no text to most who read JSON. */
const wellFormed = (_key: string, value: unknown): unknown =>
  typeof value === "string" ? value.toWellFormed() : value;

type Fields = Readonly<Record<string, unknown>>;

/** A placeholder becomes what a JSON string of it holds between its quotes, so that no name breaks out of one. */
const filledBody = (template: string, fields: Fields): string =>
  template.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === undefined ? "" : JSON.stringify(String(value).toWellFormed()).slice(1, -1);
  });

const fieldsOf = (notice: Notice): Fields => ({
  ...notice,
  lines: notice.lines.join("\n"),
  head: noticeHead(notice),
  text: [noticeHead(notice), ...noticeBody(notice)].join("\n"),
});
