import type { Clock } from "@muster/core";
import { answerJson, basicCredential, StandInServer } from "./stand-in-server.ts";

/** Flussonic by its API, version 3: streams of which the first ones are alive, told by pages. */
export class FlussonicStandIn extends StandInServer {
  /** What comes in at each stream that is alive. */
  bytesPerSecond = 500_000;
  names: readonly string[] = ["news", "sport", "old"];
  /** So many of the first are alive. */
  aliveCount = 2;
  /** `user:password`, or a token without a colon; undefined lets everybody in. */
  credential: string | undefined;
  /** Every page names itself as the one that follows. */
  isEndless = false;

  constructor(clock: Clock) {
    const began = { at: clock.now(), ms: clock.monotonic() };
    super((request, response) => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      if (url.pathname !== "/streamer/api/v3/streams") return void response.writeHead(404).end("not found");
      const isIn =
        this.credential === undefined ||
        basicCredential(request) === this.credential ||
        request.headers.authorization === `Bearer ${this.credential}`;
      if (!isIn) return answerJson(response, { errors: [{ title: "unauthorized" }] }, 401);
      const limit = Number(url.searchParams.get("limit") ?? 100);
      const from = Number((url.searchParams.get("cursor") ?? "after=0").slice("after=".length));
      const bytes = Math.round(((clock.monotonic() - began.ms) / 1_000) * this.bytesPerSecond);
      const streams = this.names.slice(from, from + limit).map((name, index) => {
        const alive = from + index < this.aliveCount;
        const running = { bytes_in: bytes, bytes_out: bytes, online_clients: 3, opened_at: began.at };
        return { name, stats: alive ? { alive, status: "running", ...running } : { alive, status: "waiting" } };
      });
      const after = this.isEndless ? from : from + limit;
      const next = after < this.names.length ? { next: `after=${after}` } : {};
      answerJson(response, { estimated_count: this.names.length, streams, ...next });
    });
  }
}
