import { systemClock } from "@muster/node-kit";
import { needs, startNginxRtmp, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { createPullAdapter, detectKind } from "../src/links/pull/catalog.ts";
import { patience, pullConfig, pullDeps } from "./pull-fixture.ts";

const describeReal = await needs("nginx-rtmp");

describeReal("Debian's nginx with the RTMP module", () => {
  test("[PL63] [PL64] it is found out, and its stream is told with picture and bytes a second", async () => {
    await using server = await startNginxRtmp();
    const deps = { ...pullDeps(), clock: systemClock };
    expect(await detectKind(server.url, undefined, deps, patience())).toMatchObject({
      is: "found",
      kind: "nginx-rtmp",
    });
    const adapter = createPullAdapter("nginx-rtmp", pullConfig(server.url), deps);
    const rate = async (): Promise<number> => {
      const { samples } = await adapter.read(patience());
      return samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value ?? 0;
    };
    await waitFor(async () => (await rate()) > 1_000, {
      timeoutMs: 30_000,
      intervalMs: 2_500,
      describe: "bytes come in",
    });
    const { services = [], answeredBy } = await adapter.read(patience());
    expect(answeredBy).toMatch(/^nginx 1\.\d+\.\d+ with RTMP/);
    expect(services).toMatchObject([{ name: "live/news", state: "running", health: "healthy" }]);
    expect(services[0]?.description).toContain("320");
  }, 60_000);
});
