import fc from "fast-check";
import { expect, test } from "vitest";
import { takeToken } from "./rate-limit.ts";
import type { Bucket, RateLimit } from "./rate-limit.ts";

const LIMIT: RateLimit = { burst: 3, perMinute: 6 };

test("a full bucket gives its burst at once, then says how long to wait for one more", () => {
  let bucket: Bucket | undefined;
  const answers: (true | number)[] = [];
  for (let count = 0; count < 5; count++) {
    const verdict = takeToken(LIMIT, bucket, 1_000);
    bucket = verdict.bucket;
    answers.push(verdict.ok || verdict.retryAfterMs);
  }
  expect(answers).toEqual([true, true, true, 10_000, 10_000]);
  expect(takeToken(LIMIT, bucket, 10_999)).toMatchObject({ ok: false, retryAfterMs: 1 });
  expect(takeToken(LIMIT, bucket, 11_000).ok).toBe(true);
});

test("waiting long fills it to the burst and no further", () => {
  const empty: Bucket = { tokens: 0, atMs: 0 };
  expect(takeToken(LIMIT, empty, 1e9)).toEqual({ ok: true, bucket: { tokens: 2, atMs: 1e9 } });
});

test("in any stretch no more goes through than the burst and what flowed in", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 600 }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
      (burst, perMinute, pausesMs) => {
        let bucket: Bucket | undefined;
        let nowMs = 0;
        let passed = 0;
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          const verdict = takeToken({ burst, perMinute }, bucket, nowMs);
          bucket = verdict.bucket;
          if (verdict.ok) passed++;
          else expect(takeToken({ burst, perMinute }, bucket, nowMs + verdict.retryAfterMs).ok).toBe(true);
        }
        expect(passed).toBeLessThanOrEqual(burst + (nowMs * perMinute) / 60_000 + 1e-6);
      },
    ),
  );
});
