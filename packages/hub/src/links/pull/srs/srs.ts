import { parseSrsAnswer, SRS_CLIENTS_MAX, SrsReader, STREAMS_MAX } from "@muster/core";
import type { PullReading } from "@muster/core";
import type { PullAdapter, PullAdapterKind } from "../pull-adapter.ts";
import { basicHeaders, LIST_BYTES_MAX, PullClient, understood } from "../pull-client.ts";
import { lookedAtDriver } from "../pulled-driver.ts";

/** One more than is read tells that there are more; without a count SRS tells ten. */
const STREAMS = `api/v1/streams/?start=0&count=${STREAMS_MAX + 1}`;
const CLIENTS = `api/v1/clients/?start=0&count=${SRS_CLIENTS_MAX}`;

/**
 * SRS by its HTTP API. The password is `user:password` where its `http_api` has `auth`. It is only looked at: a client that
 * is thrown out connects anew by itself, so that nothing would be proven by it.
 */
export const srsKind: PullAdapterKind = {
  name: "srs",
  create(config, deps): PullAdapter {
    const { clock } = deps;
    const client = new PullClient(config, deps);
    const reader = new SrsReader();
    const options = { headers: basicHeaders(config.secret), bodyBytesMax: LIST_BYTES_MAX };

    /** Each answer is parsed as it comes, so that three large ones do not hold up everything else at once. */
    async function answer(path: string, signal: AbortSignal): Promise<ReturnType<typeof parseSrsAnswer>> {
      const body = await client.read(path, options, signal);
      return understood(client.box, () => parseSrsAnswer(body));
    }

    async function read(signal: AbortSignal): Promise<PullReading> {
      const askedMs = clock.monotonic();
      const streams = await answer(STREAMS, signal);
      const times = { now: clock.now(), askedMs, gotMs: clock.monotonic() };
      const clients = await answer(CLIENTS, signal);
      const summaries = await answer("api/v1/summaries", signal);
      return understood(client.box, () => reader.read({ streams, clients, summaries }, times));
    }

    return { read, driver: lookedAtDriver(read, "streams of SRS can only be looked at") };
  },
};
