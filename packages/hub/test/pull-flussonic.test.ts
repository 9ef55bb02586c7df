import { FlussonicStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { expectLookedAtOnly, patience, pulled, testFaults } from "./pull-fixture.ts";

test("[PL68] streams are read as services with what comes in, and nothing can be done to them", async () => {
  await using at = await pulled("flussonic", FlussonicStandIn);
  const adapter = at.adapter();
  await adapter.read(patience());
  await at.passes(5_000);
  const { services = [], samples } = await adapter.read(patience());
  expect(services.map(({ name, state, rawState, health }) => `${name} ${state} ${rawState} ${health}`)).toEqual([
    "news running running healthy",
    "old stopped waiting unknown",
    "sport running running healthy",
  ]);
  const rate = samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value ?? 0;
  expect(rate).toBeGreaterThan(300_000);
  expect(rate).toBeLessThan(800_000);
  await expectLookedAtOnly(adapter, "news");
  expect(at.server.requests.filter((one) => !one.startsWith("GET /streamer/api/v3/streams?"))).toEqual([]);
});

test("[PL68] [PL62] pages are followed as far as they are read, also where they never end", async () => {
  await using at = await pulled("flussonic", FlussonicStandIn);
  at.server.names = Array.from({ length: 450 }, (_, index) => `s${index}`);
  expect(await at.read()).toMatchObject({ services: { length: 450 }, warnings: [] });
  expect(at.server.requests).toHaveLength(3);
  at.server.names = Array.from({ length: 700 }, (_, index) => `s${index}`);
  expect(await at.read()).toMatchObject({
    ...{ services: { length: 500 }, warnings: ["It has 700 streams, of which 500 are read."] },
  });
  at.server.isEndless = true;
  expect((await at.read()).services).toHaveLength(200);
  expect(at.server.requests).toHaveLength(9);
});

test("[PL8] [PL68] it is found out, also where it is locked, and let in with user and password or a token", async () => {
  await using at = await pulled("flussonic", FlussonicStandIn);
  at.server.credential = "muster:secret";
  expect(await at.detect()).toMatchObject({ is: "locked", kind: "flussonic" });
  expect(await at.detect("muster:secret")).toEqual({
    ...{ is: "found", kind: "flussonic", detail: "Flussonic" },
  });
  at.server.credential = "token";
  expect((await at.read({ secret: "token" })).services).toHaveLength(3);
  await expect(at.read({ secret: "other" })).rejects.toMatchObject({ step: "sign-in" });
});

testFaults("flussonic", FlussonicStandIn);
