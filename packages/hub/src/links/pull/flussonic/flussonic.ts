import { FlussonicReader, parseFlussonicPage, STREAMS_MAX } from "@muster/core";
import type { FlussonicPage, PullReading } from "@muster/core";
import type { PullAdapter, PullAdapterKind } from "../pull-adapter.ts";
import { basicHeaders, headerOf, LIST_BYTES_MAX, PullClient, understood } from "../pull-client.ts";
import { lookedAtDriver } from "../pulled-driver.ts";

const PAGE_STREAMS = 200;
/** So many that one stream more than is read would be seen. */
const PAGES_MAX = Math.ceil((STREAMS_MAX + 1) / PAGE_STREAMS);
const LIST = `streamer/api/v3/streams?select=name,stats&limit=${PAGE_STREAMS}`;

/**
 * Flussonic by its API, version 3. The password is `user:password`; one without a colon is sent as a bearer token. It is
 * only looked at.
 */
export const flussonicKind: PullAdapterKind = {
  name: "flussonic",
  create(config, deps): PullAdapter {
    const { clock } = deps;
    const client = new PullClient(config, deps);
    const reader = new FlussonicReader();
    const { secret = "" } = config;
    const isToken = secret !== "" && !secret.includes(":");
    const headers = isToken ? headerOf("authorization", `Bearer ${secret}`) : basicHeaders(secret);
    const options = { headers, bodyBytesMax: LIST_BYTES_MAX };

    async function read(signal: AbortSignal): Promise<PullReading> {
      const askedMs = clock.monotonic();
      const pages: FlussonicPage[] = [];
      let next: string | undefined;
      do {
        const path = next === undefined ? LIST : `${LIST}&cursor=${encodeURIComponent(next)}`;
        const body = await client.read(path, options, signal);
        const page = understood(client.box, () => parseFlussonicPage(body));
        pages.push(page);
        ({ next } = page);
      } while (next !== undefined && pages.length < PAGES_MAX);
      const times = { now: clock.now(), askedMs, gotMs: clock.monotonic() };
      return reader.read(pages, times);
    }

    return { read, driver: lookedAtDriver(read, "streams of Flussonic can only be looked at") };
  },
};
