import { silentLogger } from "@muster/core";
import type { EgressRequest } from "@muster/node-kit";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { heartbeat } from "./heartbeat.ts";
import type { LookOut } from "./look-out.ts";

test("[R15] [AL31] nothing is said while the hub is not well, and only to what is set", async () => {
  const clock = new FakeClock();
  const asked: EgressRequest[] = [];
  let isWell = true;
  const lookOuts: LookOut[] = [];
  const stop = heartbeat("http://127.0.0.1:9/check", {
    ...{ clock, log: silentLogger, isWell: () => isWell, noteLookOut: (one) => void lookOuts.push(one) },
    egress: {
      request: async (request) => {
        asked.push(request);
        return { ok: false, failure: "refused", detail: "nothing listens there", durationMs: 1 };
      },
    },
  });
  await clock.advance(120_000);
  expect(asked.map(({ url, opened }) => [url, opened])).toEqual(
    Array.from({ length: 2 }, () => ["http://127.0.0.1:9/check", ["127.0.0.1:9"]]),
  );
  expect(lookOuts).toEqual(asked.map(() => ({ host: "127.0.0.1", failure: "refused" })));
  isWell = false;
  await clock.advance(300_000);
  expect(asked).toHaveLength(2);
  isWell = true;
  await clock.advance(60_000);
  expect(asked).toHaveLength(3);
  stop();
  await clock.advance(300_000);
  expect(asked).toHaveLength(3);
});
