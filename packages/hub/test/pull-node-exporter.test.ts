import { findMetric } from "@muster/core";
import {
  IpvtlStandIn,
  ServerMonitorStandIn,
  VirgilioStandIn,
  freePort,
  needs,
  startProgram,
  waitFor,
} from "@muster/testkit";
import { StandInServer } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { PULL_KINDS, detectKind } from "../src/links/pull/catalog.ts";
import { PullFailure } from "../src/links/pull/pull-adapter.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

const describeExporter = await needs("node-exporter");

async function exporter() {
  const port = await freePort();
  const program = await startProgram(["prometheus-node-exporter", `--web.listen-address=127.0.0.1:${port}`]);
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(url)).ok, { describe: () => `node_exporter answers; ${program.output}` });
  return { url, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

describeExporter("a real node_exporter", () => {
  test("[PL2] [PL6] is read twice into samples of the catalogue and facts", async () => {
    await using real = await exporter();
    const deps = pullDeps({}, 1);
    const adapter = PULL_KINDS["node-exporter"].create(pullConfig(real.url, { allow: ["process_open_fds"] }), deps);
    const first = await adapter.read(patience());
    await new Promise<void>((resolve) => void deps.clock.after(300, resolve));
    const second = await adapter.read(patience());
    const names = new Set(second.samples.map(({ metric }) => metric));
    for (const metric of [
      "cpu_busy_ratio",
      "memory_used_ratio",
      "load1",
      "network_machine_receive_bytes_total",
      "uptime_seconds",
    ])
      expect(names, metric).toContain(metric);
    for (const metric of names)
      expect(findMetric(metric) !== undefined || metric.startsWith("custom_"), metric).toBe(true);
    expect(names).toContain("custom_process_open_fds");
    expect(second.facts).toMatchObject({
      architecture: expect.any(String) as string,
      kernel: expect.any(String) as string,
    });
    expect(second.facts?.startedAt).toBe(first.facts?.startedAt);
    expect(Math.abs(second.sourceAt! - deps.clock.now())).toBeLessThan(5_000);
    expect(second.warnings).toEqual([]);
  });

  test("[PL8] is found out", async () => {
    await using real = await exporter();
    expect(await detectKind(real.url, undefined, pullDeps({}, 1), patience())).toEqual({
      ...{ is: "found", kind: "node-exporter", detail: "node_exporter" },
    });
  });
});

describe("what answers", () => {
  const detect = (url: string, secret?: string) => detectKind(url, secret, pullDeps({}, 1), patience());

  test("[PL8] is found out by looking, with nothing that has an effect", async () => {
    const { clock } = pullDeps();
    await using box = new IpvtlStandIn({ clock, password: "right" });
    await using virgilio = new VirgilioStandIn({ clock });
    await using monitor = new ServerMonitorStandIn({ clock });
    for (const one of [box, virgilio, monitor]) await one.start();
    expect(await detect(box.url, "right")).toMatchObject({ is: "found", kind: "ipvtl" });
    expect(await detect(virgilio.url, "right-token")).toMatchObject({ is: "found", kind: "virgilio" });
    expect(await detect(`${virgilio.url}/api`, "right-token")).toMatchObject({ is: "found", kind: "virgilio" });
    expect(await detect(monitor.url)).toMatchObject({ is: "found", kind: "server-monitor" });
    for (const { requests } of [box, virgilio, monitor]) {
      expect(requests.length).toBeLessThanOrEqual(20);
      for (const request of requests)
        expect(request).toMatch(
          /^GET \/(?:api$|(?:api\/)*(?:status|metrics|all|stat|system-status\?t=0|v1\/streams\/\?\S*|streamer\/api\/v3\/streams\?\S*|v3\/paths\/list\?\S*)$)/,
        );
    }
    expect(box.effects).toEqual([]);
    expect(virgilio.reboots).toBe(0);
  });

  test("[PL8] is told to be locked, where it says by itself what it is, and no secret is told", async () => {
    const { clock } = pullDeps();
    await using virgilio = new VirgilioStandIn({ clock });
    await using box = new IpvtlStandIn({ clock, password: "right" });
    for (const one of [box, virgilio]) await one.start();
    expect(await detect(virgilio.url, "wrong-token")).toMatchObject({ is: "locked", kind: "virgilio" });
    const locked = await detect(box.url, "wrong-token");
    expect(locked).toMatchObject({
      is: "none",
      detail: expect.stringContaining("asks for a password or token") as string,
    });
    expect(JSON.stringify(locked)).not.toContain("wrong-token");
  });

  test("[PL8] [SR-06] is told in one sentence when it is nothing that is known", async () => {
    await using other = new StandInServer((_request, response) => void response.end("secret=hunter22"));
    await other.start();
    const told = await detect(other.url);
    expect(told).toEqual({
      is: "none",
      detail: "Something answers there, but it is none of the kinds that can be read.",
    });
    const { url } = other;
    await other.stop();
    expect(await detect(url)).toMatchObject({
      is: "none",
      detail: expect.stringContaining("nothing listens there") as string,
    });
    expect(await detect("http://169.254.169.254")).toMatchObject({
      is: "none",
      detail: expect.stringContaining("not open") as string,
    });
    expect(await detect("gopher://a")).toMatchObject({
      is: "none",
      detail: expect.stringContaining("http://") as string,
    });
  });

  test("[PL8] [SR-08] that hangs is given up in time", async () => {
    await using other = new StandInServer(() => undefined);
    await other.start();
    other.fault = "hang";
    const told = await detectKind(other.url, undefined, pullDeps({}, 25), patience());
    expect(told).toMatchObject({ is: "none", detail: expect.stringContaining("no answer in time") as string });
  });
});

test("[PL5] an address that is none is a failure of every kind", () => {
  for (const kind of Object.values(PULL_KINDS))
    expect(() => kind.create(pullConfig("x"), pullDeps())).toThrow(PullFailure);
});
