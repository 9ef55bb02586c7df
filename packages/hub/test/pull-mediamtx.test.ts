import { MediamtxStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { expectLookedAtOnly, patience, pulled, testFaults } from "./pull-fixture.ts";

test("[PL60] [PL61] paths are read as services with what comes in, and nothing can be done to them", async () => {
  await using at = await pulled("mediamtx", MediamtxStandIn);
  const adapter = at.adapter();
  expect(await adapter.read(patience())).toMatchObject({ answeredBy: "MediaMTX v1.15.0" });
  await at.passes(5_000);
  const { services = [], samples } = await adapter.read(patience());
  expect(services.map(({ name, state, health }) => `${name} ${state} ${health}`)).toEqual([
    "cam stopped unknown",
    "live running healthy",
  ]);
  const rate = samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value ?? 0;
  expect(rate).toBeGreaterThan(300_000);
  expect(rate).toBeLessThan(800_000);
  await expectLookedAtOnly(adapter, "live");
  expect(at.server.requests.filter((one) => !one.startsWith("GET "))).toEqual([]);
});

test("[PL60] a version that does not come fails no look, and is asked for again", async () => {
  await using at = await pulled("mediamtx", MediamtxStandIn);
  at.server.info = "cut";
  const adapter = at.adapter();
  expect(await adapter.read(patience())).toMatchObject({ answeredBy: "MediaMTX", services: { length: 2 } });
  at.server.info = "told";
  expect(await adapter.read(patience())).toMatchObject({ answeredBy: "MediaMTX v1.15.0" });
});

test("[PL8] it is found out, also where it is locked, and a version that does not tell itself is read", async () => {
  await using at = await pulled("mediamtx", MediamtxStandIn);
  at.server.info = "none";
  at.server.credential = "muster:secret";
  expect(await at.detect()).toMatchObject({ is: "locked", kind: "mediamtx" });
  expect(await at.detect("muster:secret")).toEqual({
    ...{ is: "found", kind: "mediamtx", detail: "MediaMTX" },
  });
});

testFaults("mediamtx", MediamtxStandIn);
