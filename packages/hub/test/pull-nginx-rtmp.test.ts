import { NginxRtmpStandIn } from "@muster/testkit";
import { expect, test } from "vitest";
import { createPullAdapter, detectKind } from "../src/links/pull/catalog.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

test("[PL63] [PL64] streams are read as services with what comes in, and nothing can be done to them", async () => {
  const deps = pullDeps();
  await using server = new NginxRtmpStandIn(deps.clock);
  await server.start();
  const adapter = createPullAdapter("nginx-rtmp", pullConfig(server.url), deps);
  await adapter.read(patience());
  await new Promise<void>((resolve) => void deps.clock.after(5_000, resolve));
  const { services = [], samples, answeredBy } = await adapter.read(patience());
  expect(answeredBy).toBe("nginx 1.22.1 with RTMP 1.1.4");
  expect(services.map(({ name, state, health }) => `${name} ${state} ${health}`)).toEqual([
    "live/news running healthy",
    "live/waited stopped unknown",
  ]);
  expect(samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value).toBe(500_000);
  expect(await adapter.driver!.act({ verb: "restart", name: "live/news" } as never, patience())).toMatchObject({
    outcome: "refused",
  });
  server.pid += 1;
  expect((await adapter.read(patience())).warnings).toEqual([expect.stringContaining("worker_processes")]);
  expect(server.requests.filter((one) => one !== "GET /stat")).toEqual([]);
});

test("[PL8] [PL63] it is found out, also where it is locked, and an address with a path is the page itself", async () => {
  const deps = pullDeps();
  await using server = new NginxRtmpStandIn(deps.clock);
  server.credential = "muster:secret";
  await server.start();
  expect(await detectKind(server.url, undefined, deps, patience())).toMatchObject({
    ...{ is: "locked", kind: "nginx-rtmp" },
  });
  server.credential = undefined;
  expect(await detectKind(server.url, undefined, deps, patience())).toEqual({
    ...{ is: "found", kind: "nginx-rtmp", detail: "nginx 1.22.1 with RTMP 1.1.4" },
  });
  server.credential = "muster:secret";
  const config = pullConfig(`${server.url}/stat`, { secret: "muster:secret" });
  expect((await createPullAdapter("nginx-rtmp", config, deps).read(patience())).services).toHaveLength(2);
  await expect(
    createPullAdapter("nginx-rtmp", { ...config, secret: "muster:wrong" }, deps).read(patience()),
  ).rejects.toMatchObject({ step: "sign-in" });
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
  await using server = new NginxRtmpStandIn(deps.clock);
  await server.start();
  server.fault = fault;
  // The clock is fast, and eight megabytes take real time.
  const config = pullConfig(server.url, { timeoutMs: 60_000 });
  await expect(createPullAdapter("nginx-rtmp", config, deps).read(patience())).rejects.toMatchObject({ step });
});
