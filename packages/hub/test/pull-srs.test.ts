import { SrsStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { expectLookedAtOnly, patience, pulled, testFaults } from "./pull-fixture.ts";

test("[PL66] [PL67] streams are read as services with what comes in, and nothing can be done to them", async () => {
  await using at = await pulled("srs", SrsStandIn);
  const adapter = at.adapter();
  await adapter.read(patience());
  await at.passes(15_000);
  const { services = [], samples, answeredBy } = await adapter.read(patience());
  expect(answeredBy).toBe("SRS 5.0.213");
  expect(services.map(({ name, state, health }) => `${name} ${state} ${health}`)).toEqual([
    "live/gone stopped unknown",
    "live/news running healthy",
  ]);
  expect(samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value).toBe(500_000);
  await expectLookedAtOnly(adapter, "live/news");
  expect(at.server.requests.filter((one) => !one.startsWith("GET /api/v1/"))).toEqual([]);
});

test("[PL8] it is found out, and let in with user and password", async () => {
  await using at = await pulled("srs", SrsStandIn);
  at.server.credential = "muster:secret";
  expect(await at.detect("muster:secret")).toEqual({
    ...{ is: "found", kind: "srs", detail: "SRS 5.0.213" },
  });
  await expect(at.read({ secret: "muster:wrong" })).rejects.toMatchObject({ step: "sign-in" });
});

test("[PL66] an answer with another code than 0 is none", async () => {
  await using at = await pulled("srs", SrsStandIn);
  at.server.code = 1_061;
  await expect(at.read()).rejects.toMatchObject({
    ...{ step: "understand", message: expect.stringContaining("1061") as string },
  });
});

testFaults("srs", SrsStandIn);
