import { RECONNECT_BACKOFF, backoffMs, isMusterError } from "@muster/core";
import type { Random } from "@muster/core";
import { BAD_PROOF_RETRY_MS, CLOSE } from "@muster/protocol";
import { ClosedByHub } from "./greeting.ts";

export type Retry = { readonly is: "after"; readonly delayMs: number } | { readonly is: "never" };

const RESTART_SPREAD_MS_MAX = 60_000;
/** The try number whose bound is 16 s: an overloaded hub is not asked at once. */
const OVERLOAD_ATTEMPT = 4;

/**
 * When to come back after an attempt or a session ended. What a close code asks for counts only from a hub that had
 * proved itself on this connection: otherwise anybody in between could send agents away for good.
 */
export function retryAfter(end: unknown, attempt: number, random: Random): Retry {
  const usual = (atLeast = 0): Retry => ({
    is: "after",
    delayMs: backoffMs(RECONNECT_BACKOFF, Math.max(attempt, atLeast), random),
  });
  if (isMusterError(end, "HUB_NOT_TRUSTED")) return usual(OVERLOAD_ATTEMPT);
  if (!(end instanceof ClosedByHub) || !end.isProven) return usual();
  switch (end.code) {
    case CLOSE.revoked:
      return { is: "never" };
    case CLOSE.badProof:
    case CLOSE.quarantined:
    case CLOSE.version:
      return { is: "after", delayMs: BAD_PROOF_RETRY_MS };
    case CLOSE.restarting: {
      const givenMs = Number(/^[0-9]{1,6}$/.exec(end.reason)?.[0] ?? Number.NaN);
      if (Number.isNaN(givenMs)) return usual();
      return { is: "after", delayMs: Math.floor(random() * Math.min(givenMs, RESTART_SPREAD_MS_MAX)) };
    }
    case CLOSE.overload:
      return usual(OVERLOAD_ATTEMPT);
    default:
      return usual();
  }
}
