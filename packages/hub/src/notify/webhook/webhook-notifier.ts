import { createHmac } from "node:crypto";
import { headersFrom, uuidv7 } from "@muster/node-kit";
import { failedBy } from "../answered.ts";
import type { CreateNotifier, Delivery } from "../notifier.ts";
import { webhookMessage, webhookText } from "../webhook-text.ts";

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
  return {
    deliver: (notice, _ref, signal) => post(webhookText(settings.body, notice), notice.key, signal),
    say(text, signal) {
      const at = Math.round(clock.now());
      const key = uuidv7(at);
      return post(webhookMessage(settings.body, { text, key, at }), key, signal);
    },
  };
};

/** HMAC-SHA-256 over `<seconds>.<body>`, hex: what was sent, when, and by whom. */
export const signatureOf = (secret: string, atSeconds: number, body: string): string =>
  createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");
