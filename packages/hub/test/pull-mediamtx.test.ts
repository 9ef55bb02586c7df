import { MediamtxStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { createPullAdapter, detectKind } from "../src/links/pull/catalog.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

test("[PL60] [PL61] paths are read as services with what comes in, and nothing can be done to them", async () => {
  const deps = pullDeps();
  await using server = new MediamtxStandIn(deps.clock);
  await server.start();
  const adapter = createPullAdapter("mediamtx", pullConfig(server.url), deps);
  expect(await adapter.read(patience())).toMatchObject({ answeredBy: "MediaMTX v1.15.0" });
  await new Promise<void>((resolve) => void deps.clock.after(5_000, resolve));
  const { services = [], samples } = await adapter.read(patience());
  expect(services.map(({ name, state, health }) => `${name} ${state} ${health}`)).toEqual([
    "cam stopped unknown",
    "live running healthy",
  ]);
  const rate = samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value ?? 0;
  expect(rate).toBeGreaterThan(300_000);
  expect(rate).toBeLessThan(800_000);
  expect(await adapter.driver!.act({ verb: "restart", name: "live" } as never, patience())).toMatchObject({
    outcome: "refused",
  });
  expect(server.requests.filter((one) => !one.startsWith("GET "))).toEqual([]);
});

test("[PL8] it is found out, also where it is locked, and a version that does not tell itself is read", async () => {
  const deps = pullDeps();
  await using server = new MediamtxStandIn(deps.clock);
  server.hasInfo = false;
  server.credential = "muster:secret";
  await server.start();
  expect(await detectKind(server.url, undefined, deps, patience())).toMatchObject({ is: "locked", kind: "mediamtx" });
  expect(await detectKind(server.url, "muster:secret", deps, patience())).toEqual({
    ...{ is: "found", kind: "mediamtx", detail: "MediaMTX" },
  });
});

test.each([
  ["html", "understand"],
  ["cut", "understand"],
  ["redirect", "answer"],
  ["server-error", "answer"],
  ["huge", "answer"],
  ["drop", "reach"],
] as const)("[PL5] %s is a failure that says where it ended", async (fault, step) => {
  const deps = pullDeps();
  await using server = new MediamtxStandIn(deps.clock);
  await server.start();
  server.fault = fault;
  // The clock is fast, and eight megabytes take real time.
  const config = pullConfig(server.url, { timeoutMs: 60_000 });
  await expect(createPullAdapter("mediamtx", config, deps).read(patience())).rejects.toMatchObject({ step });
});
