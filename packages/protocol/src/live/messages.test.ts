import { ALL_RIGHTS } from "@muster/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LIVE_FRAME_BYTES_MAX, LIVE_TOPICS, liveClientMessage } from "./messages.ts";

test("every topic asks for a right that exists", () => {
  for (const right of Object.values(LIVE_TOPICS)) expect(ALL_RIGHTS).toContain(right);
});

test("[WS-08] the three messages are taken, anything else is refused", () => {
  for (const message of [
    { t: "hello", csrf: "x" },
    { t: "subscribe", topic: "fleet" },
    { t: "unsubscribe", topic: "fleet" },
  ]) {
    expect(liveClientMessage.parse(message)).toEqual(message);
    expect(liveClientMessage.safeParse({ ...message, surplus: 1 }).success).toBe(false);
  }
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withObjectString: true }), (message) => {
      const parsed = liveClientMessage.safeParse(message);
      if (parsed.success) expect(["hello", "subscribe", "unsubscribe"]).toContain(parsed.data.t);
    }),
  );
});

test("[WS-03] the largest message there is fits many times into the largest frame", () => {
  const message = { t: "subscribe", topic: "x".repeat(128) };
  expect(liveClientMessage.safeParse(message).success).toBe(true);
  expect(liveClientMessage.safeParse({ ...message, topic: "x".repeat(129) }).success).toBe(false);
  expect(JSON.stringify(message).length * 100).toBeLessThan(LIVE_FRAME_BYTES_MAX);
});
