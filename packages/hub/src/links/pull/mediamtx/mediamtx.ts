import { MediamtxReader, mediamtxVersion, STREAMS_MAX } from "@muster/core";
import type { PullReading } from "@muster/core";
import type { PullAdapter, PullAdapterKind } from "../pull-adapter.ts";
import { PullFailure } from "../pull-adapter.ts";
import { basicHeaders, LIST_BYTES_MAX, PullClient, understood } from "../pull-client.ts";
import { lookedAtDriver } from "../pulled-driver.ts";

const LIST = `v3/paths/list?itemsPerPage=${STREAMS_MAX}&page=0`;

/**
 * MediaMTX by its control API, which is off unless its configuration says `api: yes`. The password is `user:password` of a
 * user with the permission `api`. It is only looked at: publishers and readers connect anew by themselves when they are
 * thrown out, so that nothing would be proven by it.
 */
export const mediamtxKind: PullAdapterKind = {
  name: "mediamtx",
  create(config, deps): PullAdapter {
    const { clock } = deps;
    const client = new PullClient(config, deps);
    const reader = new MediamtxReader();
    const headers = basicHeaders(config.secret);
    let answeredBy: string | undefined;

    async function read(signal: AbortSignal): Promise<PullReading> {
      const askedMs = clock.monotonic();
      const answer = await client.look(client.address(LIST), { headers, bodyBytesMax: LIST_BYTES_MAX }, signal);
      const times = { now: clock.now(), askedMs, gotMs: clock.monotonic() };
      if (answer.status === 401 && /realm="mediamtx"/.test(String(answer.headers["www-authenticate"])))
        throw new PullFailure(
          "sign-in",
          `${client.box} lets us in with user:password of a user with the permission api only.`,
          "mediamtx",
        );
      const body = client.bodyOf(answer);
      const reading = understood(client.box, () => reader.read(body, times));
      answeredBy ??= await versionOf(signal);
      return answeredBy === undefined ? reading : { ...reading, answeredBy };
    }

    /** Asked until it answers; older versions do not tell. Whoever told the paths is well without it. */
    async function versionOf(signal: AbortSignal): Promise<string | undefined> {
      const answer = await client.look(client.address("v3/info"), { headers }, signal).catch((error: unknown) => {
        if (!(error instanceof PullFailure)) throw error;
        return undefined;
      });
      if (answer === undefined) return undefined;
      const version = answer.status === 200 ? mediamtxVersion(answer.body.toString("utf8")) : undefined;
      return version === undefined ? "MediaMTX" : `MediaMTX ${version}`;
    }

    return { read, driver: lookedAtDriver(read, "paths of MediaMTX can only be looked at") };
  },
};
