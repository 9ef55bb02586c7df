import type { EgressAnswer, EgressFailure } from "@muster/node-kit";
import type { Delivery } from "./notifier.ts";
import { jsonOf } from "./send-json.ts";

type Failed = Extract<Delivery, { readonly outcome: "failed" }>;

/** Failures that stay until somebody changes the settings. */
const LASTING: readonly EgressFailure[] = ["not-valid", "blocked"];
/** Refusals that may pass: asked too early or too often, or too slowly. */
const PASSING_STATUSES: readonly number[] = [408, 409, 423, 425, 429];
/** The vendor knows neither the secret nor the place: the next message fares no better. */
const LASTING_STATUSES: readonly number[] = [401, 403, 404, 410];
const MEANINGS: Readonly<Record<number, string>> = {
  401: ": the secret is not accepted",
  403: ": that is not allowed with this secret",
  404: ": there is nothing at this address",
  410: ": there is nothing at this address any more",
  429: ": too many messages",
};
const RETRY_AFTER_MS_MAX = 60 * 60_000;

/** How a vendor's own answer tells after how many milliseconds to try again, where it does. */
type WaitIn = (body: Readonly<Record<string, unknown>>) => unknown;

/** What an answer by HTTP means for a delivery; undefined: it was taken. */
export function failedBy(answer: EgressAnswer, waitIn: WaitIn = () => undefined): Failed | undefined {
  if (!answer.ok)
    return { outcome: "failed", detail: answer.detail, retry: LASTING.includes(answer.failure) ? "lasting" : "later" };
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  const isPassing = status >= 500 || PASSING_STATUSES.includes(status);
  const waitMs = isPassing
    ? (boundedWait(waitIn(jsonOf(answer))) ?? retryAfterMs(answer.headers["retry-after"]))
    : undefined;
  const retry = isPassing ? "later" : LASTING_STATUSES.includes(status) ? "lasting" : "never";
  return {
    ...{ outcome: "failed", detail: `answered with status ${status}${MEANINGS[status] ?? ""}` },
    ...{ retry, ...(waitMs !== undefined && { waitMs }) },
  };
}

/** Who answered is somebody else than the settings say: a portal, a proxy, or another program at this address. */
export const notOf = (vendor: string): Failed => ({
  ...{ outcome: "failed", detail: `what answers is not ${vendor}`, retry: "later" },
});

/** Seconds, as RFC 9110 has them and everybody sends them; a date is not read. Bounded by an hour. */
export function retryAfterMs(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d{1,9}(?:\.\d+)?$/.test(header)
    ? boundedWait(Number(header) * 1_000)
    : undefined;
}

const boundedWait = (ms: unknown): number | undefined =>
  typeof ms === "number" && ms >= 0 && Number.isFinite(ms) ? Math.min(Math.ceil(ms), RETRY_AFTER_MS_MAX) : undefined;
