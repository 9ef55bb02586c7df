import type { EgressAnswer } from "@muster/node-kit";
import { expect, test } from "vitest";
import { failedBy, retryAfterMs } from "./answered.ts";

const answered = (status: number, headers: Readonly<Record<string, string>> = {}, body = ""): EgressAnswer => ({
  ...{ ok: true, durationMs: 1, status, headers, body: Buffer.from(body), isTruncated: false, certificate: undefined },
  phases: { nameMs: null, connectMs: null, tlsMs: null, firstByteMs: null, restMs: null },
});

test.each([[200], [201], [202], [204]])("%i is taken", (status) => {
  expect(failedBy(answered(status))).toBeUndefined();
});

test.each([[408], [409], [423], [425], [429], [500], [502], [503], [504], [599]])("%i passes", (status) => {
  expect(failedBy(answered(status, { "retry-after": "3" }))).toMatchObject({ retry: "later", waitMs: 3_000 });
});

test.each([
  ...[301, 304, 400, 405, 413, 422].map((status) => [status, "never"] as const),
  ...[401, 403, 404, 410].map((status) => [status, "lasting"] as const),
])("[AL36] %i is refused: %s", (status, retry) => {
  expect(failedBy(answered(status, { "retry-after": "3" }))).toEqual({
    ...{
      outcome: "failed",
      retry,
      detail: expect.stringMatching(`^answered with status ${status}`) as string,
    },
  });
});

test("what the vendor's own answer says of waiting comes before the header, and is bounded", () => {
  const busy = answered(429, { "retry-after": "3" }, '{"wait":2.5}');
  expect(failedBy(busy, ({ wait }) => (wait as number) * 1_000)).toMatchObject({ waitMs: 2_500 });
  expect(failedBy(busy, () => "soon")).toMatchObject({ waitMs: 3_000 });
  expect(failedBy(busy, () => -1)).toMatchObject({ waitMs: 3_000 });
  expect(failedBy(busy, () => 1e12)).toMatchObject({ waitMs: 3_600_000 });
  expect([retryAfterMs("0.2"), retryAfterMs("soon"), retryAfterMs(["1"]), retryAfterMs("99999999")]).toEqual([
    ...[200, undefined, undefined, 3_600_000],
  ]);
});

test.each([
  ["timed-out", "later"],
  ["reset", "later"],
  ["name-not-found", "later"],
  ["certificate-unknown", "later"],
  ["rate-limited", "later"],
  ["blocked", "lasting"],
  ["not-valid", "lasting"],
] as const)("%s is tried again %s", (failure, retry) => {
  expect(failedBy({ ok: false, failure, detail: "why", durationMs: 1 })).toEqual({
    outcome: "failed",
    detail: "why",
    retry,
  });
});
