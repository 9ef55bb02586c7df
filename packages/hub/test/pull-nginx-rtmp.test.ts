import { NginxRtmpStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { expectLookedAtOnly, patience, pulled, testFaults } from "./pull-fixture.ts";

test("[PL63] [PL64] streams are read as services with what comes in, and nothing can be done to them", async () => {
  await using at = await pulled("nginx-rtmp", NginxRtmpStandIn);
  const adapter = at.adapter();
  await adapter.read(patience());
  await at.passes(5_000);
  const { services = [], samples, answeredBy } = await adapter.read(patience());
  expect(answeredBy).toBe("nginx 1.22.1 with RTMP 1.1.4");
  expect(services.map(({ name, state, health }) => `${name} ${state} ${health}`)).toEqual([
    "live/news running healthy",
    "live/waited stopped unknown",
  ]);
  const bytesPerSecond = samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value ?? 0;
  expect(bytesPerSecond / 500_000).toBeCloseTo(1, 0);
  await expectLookedAtOnly(adapter, "live/news");
  at.server.pid += 1;
  expect((await adapter.read(patience())).warnings).toEqual([expect.stringContaining("worker_processes")]);
  expect(at.server.requests.filter((one) => one !== "GET /stat")).toEqual([]);
});

test("[PL8] [PL63] it is found out, also where it is locked, and an address with a path is the page itself", async () => {
  await using at = await pulled("nginx-rtmp", NginxRtmpStandIn);
  at.server.credential = "muster:secret";
  expect(await at.detect()).toMatchObject({
    ...{ is: "locked", kind: "nginx-rtmp" },
  });
  at.server.credential = undefined;
  expect(await at.detect()).toEqual({
    ...{ is: "found", kind: "nginx-rtmp", detail: "nginx 1.22.1 with RTMP 1.1.4" },
  });
  at.server.credential = "muster:secret";
  const url = `${at.server.url}/stat`;
  expect((await at.read({ url, secret: "muster:secret" })).services).toHaveLength(2);
  await expect(at.read({ url, secret: "muster:wrong" })).rejects.toMatchObject({ step: "sign-in" });
});

testFaults("nginx-rtmp", NginxRtmpStandIn);
