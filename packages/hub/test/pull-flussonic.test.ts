import { FlussonicStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { createPullAdapter, detectKind } from "../src/links/pull/catalog.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

test("[PL68] streams are read as services with what comes in, and nothing can be done to them", async () => {
  const deps = pullDeps();
  await using server = new FlussonicStandIn(deps.clock);
  await server.start();
  const adapter = createPullAdapter("flussonic", pullConfig(server.url), deps);
  await adapter.read(patience());
  await new Promise<void>((resolve) => void deps.clock.after(5_000, resolve));
  const { services = [], samples } = await adapter.read(patience());
  expect(services.map(({ name, state, rawState, health }) => `${name} ${state} ${rawState} ${health}`)).toEqual([
    "news running running healthy",
    "old stopped waiting unknown",
    "sport running running healthy",
  ]);
  const rate = samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value ?? 0;
  expect(rate).toBeGreaterThan(300_000);
  expect(rate).toBeLessThan(800_000);
  expect(await adapter.driver!.act({ verb: "restart", name: "news" } as never, patience())).toMatchObject({
    outcome: "refused",
  });
  expect(server.requests.filter((one) => !one.startsWith("GET /streamer/api/v3/streams?"))).toEqual([]);
});

test("[PL68] [PL62] pages are followed as far as they are read, also where they never end", async () => {
  const deps = pullDeps();
  await using server = new FlussonicStandIn(deps.clock);
  server.names = Array.from({ length: 450 }, (_, index) => `s${index}`);
  await server.start();
  const read = () => createPullAdapter("flussonic", pullConfig(server.url), deps).read(patience());
  expect(await read()).toMatchObject({ services: { length: 450 }, warnings: [] });
  expect(server.requests).toHaveLength(3);
  server.names = Array.from({ length: 700 }, (_, index) => `s${index}`);
  expect(await read()).toMatchObject({
    ...{ services: { length: 500 }, warnings: ["It has 700 streams, of which 500 are read."] },
  });
  server.isEndless = true;
  expect((await read()).services).toHaveLength(200);
  expect(server.requests).toHaveLength(9);
});

test("[PL8] [PL68] it is found out, also where it is locked, and let in with user and password or a token", async () => {
  const deps = pullDeps();
  await using server = new FlussonicStandIn(deps.clock);
  server.credential = "muster:secret";
  await server.start();
  expect(await detectKind(server.url, undefined, deps, patience())).toMatchObject({ is: "locked", kind: "flussonic" });
  expect(await detectKind(server.url, "muster:secret", deps, patience())).toEqual({
    ...{ is: "found", kind: "flussonic", detail: "Flussonic" },
  });
  server.credential = "token";
  const reading = (secret: string) =>
    createPullAdapter("flussonic", pullConfig(server.url, { secret }), deps).read(patience());
  expect((await reading("token")).services).toHaveLength(3);
  await expect(reading("other")).rejects.toMatchObject({ step: "sign-in" });
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
  await using server = new FlussonicStandIn(deps.clock);
  await server.start();
  server.fault = fault;
  // The clock is fast, and eight megabytes take real time.
  const config = pullConfig(server.url, { timeoutMs: 60_000 });
  await expect(createPullAdapter("flussonic", config, deps).read(patience())).rejects.toMatchObject({ step });
});
