import type { Clock } from "@muster/core";
import { answerJson, basicCredential, StandInServer } from "./stand-in-server.ts";

/** SRS by its HTTP API: one stream that is published to, and one whose publisher is gone. */
export class SrsStandIn extends StandInServer {
  /** What comes in at `live/news`. */
  bytesPerSecond = 500_000;
  /** `user:password`; undefined lets everybody in. */
  credential: string | undefined;
  /** What it says of itself in each answer; another than 0 is a failure. */
  code = 0;

  constructor(clock: Clock) {
    const beganMs = clock.monotonic();
    super((request, response) => {
      if (request.url?.startsWith("/api/v1/") !== true) return void response.writeHead(404).end("Not Found");
      if (this.credential !== undefined && basicCredential(request) !== this.credential)
        return answerJson(response, { code: 401 }, 401);
      const seconds = (clock.monotonic() - beganMs) / 1_000;
      const bytes = Math.round(seconds * this.bytesPerSecond);
      const kbps = Math.round((this.bytesPerSecond * 8) / 1_000);
      const head = { code: this.code, server: "vid-1", service: "s1", pid: "12" };
      const news = { app: "live", name: "news", url: "/live/news", send_bytes: bytes, recv_bytes: bytes };
      const gone = { app: "live", name: "gone", url: "/live/gone", send_bytes: 9, recv_bytes: 9 };
      if (request.url.startsWith("/api/v1/streams/"))
        return answerJson(response, {
          ...head,
          streams: [
            {
              ...{ ...news, id: "vid-a", clients: 2, publish: { active: true, cid: "c-1" } },
              ...{ kbps: { recv_30s: kbps, send_30s: kbps } },
              ...{ video: { codec: "H264", width: 1920, height: 1080 }, audio: { codec: "AAC" } },
            },
            { ...gone, id: "vid-b", clients: 0, publish: { active: false }, kbps: { recv_30s: 0, send_30s: 0 } },
          ],
        });
      if (request.url.startsWith("/api/v1/clients/"))
        return answerJson(response, {
          ...head,
          clients: [
            { id: "c-1", stream: "vid-a", type: "fmle-publish", publish: true, alive: seconds },
            { id: "c-2", stream: "vid-a", type: "Play", publish: false, alive: seconds },
          ],
        });
      if (request.url !== "/api/v1/summaries") return answerJson(response, { code: 404 }, 404);
      const system = { load_1m: 0.5, load_5m: 0.25, load_15m: 0.125 };
      answerJson(response, { ...head, data: { ok: true, self: { version: "5.0.213", pid: 12 }, system } });
    });
  }
}
