import { createHmac } from "node:crypto";
import { noticeBody, noticeHead } from "@muster/core";
import type { Notice } from "@muster/core";
import { headersFrom } from "@muster/node-kit";
import { failedBy } from "../answered.ts";
import type { CreateNotifier } from "../notifier.ts";

export const createWebhookNotifier: CreateNotifier<"webhook"> = (settings, { clock, way, secret }) => ({
  async deliver(notice, _ref, signal) {
    const body =
      settings.body === "" ? JSON.stringify(webhookBody(notice), wellFormed) : filledBody(settings.body, notice);
    const at = Math.floor(clock.now() / 1_000);
    const answer = await way.request(
      {
        ...{ url: settings.url, method: "POST", body },
        ...(settings.ca !== "" && { ca: settings.ca }),
        headers: {
          "content-type": "application/json",
          "idempotency-key": notice.key,
          ...headersFrom(settings.headers),
          ...(secret !== undefined && { "muster-signature": `t=${at},v1=${signatureOf(secret, at, body)}` }),
        },
      },
      signal,
    );
    return failedBy(answer) ?? { outcome: "sent" };
  },
});

/** HMAC-SHA-256 over `<seconds>.<body>`, hex: what was sent, when, and by whom. */
export const signatureOf = (secret: string, atSeconds: number, body: string): string =>
  createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");

const webhookBody = (notice: Notice) => ({ version: 1, ...notice, text: [noticeHead(notice), ...noticeBody(notice)] });

/** Halves of characters are no text to most who read JSON. */
const wellFormed = (_key: string, value: unknown): unknown =>
  typeof value === "string" ? value.toWellFormed() : value;

/** A placeholder becomes what a JSON string of it holds between its quotes, so that no name breaks out of one. */
const filledBody = (template: string, notice: Notice): string =>
  template.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = placeholders(notice)[name];
    return value === undefined ? "" : JSON.stringify(String(value).toWellFormed()).slice(1, -1);
  });

const placeholders = (notice: Notice): Readonly<Record<string, string | number | null | undefined>> => ({
  ...notice,
  lines: notice.lines.join("\n"),
  head: noticeHead(notice),
  text: [noticeHead(notice), ...noticeBody(notice)].join("\n"),
});
