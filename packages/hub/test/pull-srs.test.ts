import { SrsStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { createPullAdapter, detectKind } from "../src/links/pull/catalog.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

test("[PL66] [PL67] streams are read as services with what comes in, and nothing can be done to them", async () => {
  const deps = pullDeps();
  await using server = new SrsStandIn(deps.clock);
  await server.start();
  const adapter = createPullAdapter("srs", pullConfig(server.url), deps);
  await adapter.read(patience());
  await new Promise<void>((resolve) => void deps.clock.after(15_000, resolve));
  const { services = [], samples, answeredBy } = await adapter.read(patience());
  expect(answeredBy).toBe("SRS 5.0.213");
  expect(services.map(({ name, state, health }) => `${name} ${state} ${health}`)).toEqual([
    "live/gone stopped unknown",
    "live/news running healthy",
  ]);
  expect(samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value).toBe(500_000);
  expect(await adapter.driver!.act({ verb: "restart", name: "live/news" } as never, patience())).toMatchObject({
    outcome: "refused",
  });
  expect(server.requests.filter((one) => !one.startsWith("GET /api/v1/"))).toEqual([]);
});

test("[PL8] it is found out, and let in with user and password", async () => {
  const deps = pullDeps();
  await using server = new SrsStandIn(deps.clock);
  server.credential = "muster:secret";
  await server.start();
  expect(await detectKind(server.url, "muster:secret", deps, patience())).toEqual({
    ...{ is: "found", kind: "srs", detail: "SRS 5.0.213" },
  });
  const config = pullConfig(server.url, { secret: "muster:wrong" });
  await expect(createPullAdapter("srs", config, deps).read(patience())).rejects.toMatchObject({ step: "sign-in" });
});

test("[PL66] an answer with another code than 0 is none", async () => {
  const deps = pullDeps();
  await using server = new SrsStandIn(deps.clock);
  await server.start();
  server.code = 1_061;
  await expect(createPullAdapter("srs", pullConfig(server.url), deps).read(patience())).rejects.toMatchObject({
    ...{ step: "understand", message: expect.stringContaining("1061") as string },
  });
});

test.each([
  ["html", "understand"],
  ["cut", "understand"],
  ["redirect", "answer"],
  ["server-error", "answer"],
  ["huge", "answer"],
  ["drop", "reach"],
  ["hang", "reach"],
] as const)("[PL5] %s is a failure that says where it ended", async (fault, step) => {
  const deps = pullDeps();
  await using server = new SrsStandIn(deps.clock);
  await server.start();
  server.fault = fault;
  // The clock is fast, and eight megabytes take real time.
  const config = pullConfig(server.url, { timeoutMs: 60_000 });
  await expect(createPullAdapter("srs", config, deps).read(patience())).rejects.toMatchObject({ step });
});
