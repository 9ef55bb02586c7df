import { expect, test } from "vitest";
import { OpenStreams } from "./open-streams.ts";

/** Streams of a session whose agent answers each tunnel with the same item. */
function streamsThat(item: object) {
  const sent: string[] = [];
  const streams = new OpenStreams({
    send: (frame) => {
      sent.push(frame.t);
      if (frame.t === "open") streams.takeItems({ t: "items", id: frame.id, items: [item] });
    },
  });
  return { streams, sent };
}
const never = new AbortController().signal;
const params = { host: "127.0.0.1", port: 1 };

test("[PR72] [PR75] a tunnel that did not come to be takes no place of the session's", async () => {
  const { streams, sent } = streamsThat({ failed: "refused" });
  for (let count = 0; count < 40; count++) expect(await streams.tunnel(params, never)).toEqual({ failed: "refused" });
  expect([streams.count, sent.filter((kind) => kind === "close").length]).toEqual([0, 40]);
  const early = streamsThat({ data: "eA==" });
  await expect(early.streams.tunnel(params, never)).rejects.toThrow("not open yet");
  expect(early.streams.count).toBe(0);
  const left = streamsThat({ connected: true });
  const leaving = new AbortController();
  const opening = left.streams.tunnel(params, leaving.signal);
  leaving.abort(new Error("nobody waits any more"));
  await expect(opening).rejects.toThrow("nobody waits");
  expect(left.streams.count).toBe(0);
});
