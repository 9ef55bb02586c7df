import { expect, test } from "vitest";
import { presence } from "./presence.ts";

const heard = { lastHeardAt: 900, onlineSince: 500, createdAt: 100 };

test.for([
  [0, "online", 500],
  [14_999, "online", 500],
  [15_000, "stale", 900],
  [29_999, "stale", 900],
  [30_000, "offline", 900],
  [1e9, "offline", 900],
] as const)("silent for %i ms at five seconds an interval: %s since %i", ([silentMs, is, since]) => {
  expect(presence({ ...heard, silentMs }, 5_000)).toEqual({ is, since });
});

test("never heard is pending since it was made, however long ago", () => {
  expect(presence({ ...heard, lastHeardAt: undefined, silentMs: 1e9 }, 5_000)).toEqual({ is: "pending", since: 100 });
});

test("online without a known beginning is online since it was last heard", () => {
  expect(presence({ ...heard, onlineSince: undefined, silentMs: 0 }, 5_000)).toEqual({ is: "online", since: 900 });
});
