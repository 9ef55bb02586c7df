import { getEventListeners } from "node:events";
import { FOCUS_LEASE_MS } from "@muster/protocol";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { holdFocus } from "./hold-focus.ts";

test("a lease is renewed until nobody looks, and an hour of it leaves nothing behind", async () => {
  const clock = new FakeClock();
  const looking = new AbortController();
  let renewals = 0;
  holdFocus({ clock, signal: looking.signal }, () => {
    renewals++;
    return Promise.reject(new Error("it is away"));
  });
  for (let turn = 0; turn < 360; turn++) await clock.advance(FOCUS_LEASE_MS / 2);
  expect(renewals).toBe(361);
  expect(getEventListeners(looking.signal, "abort")).toHaveLength(1);
  looking.abort();
  await clock.advance(FOCUS_LEASE_MS);
  expect(renewals).toBe(361);
});
