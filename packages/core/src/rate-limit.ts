/** A token bucket: `burst` requests at once, refilled at `perMinute`. */
export interface RateLimit {
  readonly burst: number;
  readonly perMinute: number;
}

/** What is left in one bucket, and when (monotonic ms) that was worked out. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export type RateVerdict =
  | { readonly ok: true; readonly bucket: Bucket }
  | { readonly ok: false; readonly bucket: Bucket; readonly retryAfterMs: number };

/** What adding up small refills may lose to rounding; a wait that was told must be enough. */
const ROUNDING_TOKENS = 1e-9;

/** Takes one token. A missing bucket is a full one, so idle buckets can be forgotten. */
export function takeToken(limit: RateLimit, bucket: Bucket | undefined, nowMs: number): RateVerdict {
  const perMs = limit.perMinute / 60_000;
  const refilled = bucket ? Math.min(limit.burst, bucket.tokens + (nowMs - bucket.atMs) * perMs) : limit.burst;
  if (refilled >= 1 - ROUNDING_TOKENS) return { ok: true, bucket: { tokens: refilled - 1, atMs: nowMs } };
  return { ok: false, bucket: { tokens: refilled, atMs: nowMs }, retryAfterMs: Math.ceil((1 - refilled) / perMs) };
}
