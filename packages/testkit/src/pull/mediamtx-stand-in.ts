import type { Clock } from "@muster/core";
import { answerJson, basicCredential, StandInServer } from "./stand-in-server.ts";

/** MediaMTX by its control API: one path that is published to, and one that waits. */
export class MediamtxStandIn extends StandInServer {
  /** What comes in at `live`. */
  bytesPerSecond = 500_000;
  /** `user:password`; undefined lets everybody in. */
  credential: string | undefined;
  /** `none`: as older versions have it; `cut`: its connection is. */
  info: "told" | "none" | "cut" = "told";

  constructor(clock: Clock) {
    const began = { at: clock.now(), ms: clock.monotonic() };
    super((request, response) => {
      if (this.credential !== undefined && basicCredential(request) !== this.credential) {
        response.setHeader("www-authenticate", 'Basic realm="mediamtx"');
        return answerJson(response, { status: "error", error: "authentication error" }, 401);
      }
      if (request.url === "/v3/info" && this.info === "cut") return void request.socket.destroy();
      if (request.url === "/v3/info" && this.info === "told")
        return answerJson(response, { version: "v1.15.0", started: new Date(began.at).toISOString() });
      if (request.url?.startsWith("/v3/paths/list") !== true)
        return void response.writeHead(404).end("404 page not found");
      const inboundBytes = Math.round(((clock.monotonic() - began.ms) / 1_000) * this.bytesPerSecond);
      const onlineTime = new Date(began.at).toISOString();
      const items = [
        {
          ...{ name: "live", confName: "all_others", online: true, onlineTime, source: { type: "rtmpConn", id: "1" } },
          ...{ tracks2: [{ codec: "H264" }], readers: [{ type: "hlsSession", id: "2" }], inboundBytes },
        },
        { name: "cam", confName: "cam", online: false, onlineTime: null, source: null, readers: [], inboundBytes: 0 },
      ];
      answerJson(response, { itemCount: 2, pageCount: 1, items });
    });
  }
}
