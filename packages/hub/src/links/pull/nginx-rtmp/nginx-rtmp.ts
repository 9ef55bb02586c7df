import { NginxRtmpReader } from "@muster/core";
import type { PullReading } from "@muster/core";
import type { PullAdapter, PullAdapterKind } from "../pull-adapter.ts";
import { basicHeaders, LIST_BYTES_MAX, PullClient, understood } from "../pull-client.ts";
import { lookedAtDriver } from "../pulled-driver.ts";

/**
 * nginx with its RTMP module by its page of `rtmp_stat`: the address that was entered where it has a path, else `/stat`.
 * The password is `user:password` where nginx asks for one. It is only looked at: publishers and readers connect anew by
 * themselves when they are dropped, so that nothing would be proven by it.
 */
export const nginxRtmpKind: PullAdapterKind = {
  name: "nginx-rtmp",
  create(config, deps): PullAdapter {
    const { clock } = deps;
    const client = new PullClient(config, deps);
    const reader = new NginxRtmpReader();
    const options = { headers: basicHeaders(config.secret), bodyBytesMax: LIST_BYTES_MAX };
    const address = client.basePath === "" ? client.address("stat") : client.address("").replace(/\/$/, "");

    async function read(signal: AbortSignal): Promise<PullReading> {
      const askedMs = clock.monotonic();
      const body = client.bodyOf(await client.look(address, options, signal));
      const times = { now: clock.now(), askedMs, gotMs: clock.monotonic() };
      return understood(client.box, () => reader.read(body, times));
    }

    return { read, driver: lookedAtDriver(read, "streams of nginx can only be looked at") };
  },
};
