import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { Throttle, throttleAddress } from "./throttle.ts";

test.for([
  ["203.0.113.9", "203.0.113.9"],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002:ffff::", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1", "fe80:0:0:0::/64"],
])("[SE-05] %s counts as %s", ([address, counted]) => {
  expect(throttleAddress(address!)).toBe(counted);
});

test("[DS-01] each key has a bucket of its own", async () => {
  const clock = new FakeClock();
  const throttle = new Throttle({ clock });
  const limit = { burst: 2, perMinute: 60 };
  const take = (key: string) => throttle.take(limit, [key]);
  expect([take("a"), take("a"), take("a"), take("b")]).toEqual([undefined, undefined, 1_000, undefined]);
  await clock.advance(1_000);
  expect(take("a")).toBeUndefined();
});

test("[DS-01] a flood of keys is bounded: the oldest is forgotten, the one in use is not", () => {
  const throttle = new Throttle({ clock: new FakeClock() });
  const limit = { burst: 1, perMinute: 1 };
  expect(throttle.take(limit, ["attacker"])).toBeUndefined();
  for (let count = 0; count < 60_000; count++) {
    throttle.take(limit, [`key ${count}`]);
    if (count % 1_000 === 0) expect(throttle.take(limit, ["attacker"])).toBeGreaterThan(0);
  }
  expect(throttle.take(limit, ["key 0"])).toBeUndefined();
});
