import type { Clock } from "@muster/core";
import { basicCredential, StandInServer } from "./stand-in-server.ts";

/** nginx with its RTMP module by its stat page: one stream that is published to, and one that is waited for. */
export class NginxRtmpStandIn extends StandInServer {
  /** What comes in at `live/news`. */
  bytesPerSecond = 500_000;
  /** `user:password`; undefined lets everybody in. */
  credential: string | undefined;
  /** The process that answers, one of several where it changes. */
  pid = 4_711;

  constructor(clock: Clock) {
    const beganMs = clock.monotonic();
    super((request, response) => {
      if (request.url !== "/stat") return void response.writeHead(404).end("<html>404 Not Found</html>");
      if (this.credential !== undefined && basicCredential(request) !== this.credential)
        return void response.writeHead(401, { "www-authenticate": 'Basic realm="stat"' }).end("401");
      const elapsedMs = Math.round(clock.monotonic() - beganMs);
      const bytes = Math.round((elapsedMs / 1_000) * this.bytesPerSecond);
      const client = (id: number, more: string): string =>
        `<client><id>${id}</id><address>10.0.0.${id}</address><time>${elapsedMs}</time><flashver>x &amp; y</flashver>${more}<avsync>0</avsync></client>\r\n`;
      response
        .writeHead(200, { "content-type": "text/xml" })
        .end(
          [
            '<?xml version="1.0" encoding="utf-8" ?>',
            '<?xml-stylesheet type="text/xsl" href="stat.xsl" ?>',
            "<rtmp>",
            "<nginx_version>1.22.1</nginx_version>",
            "<nginx_rtmp_version>1.1.4</nginx_rtmp_version>",
            `<pid>${this.pid}</pid>`,
            `<uptime>${Math.floor(elapsedMs / 1_000) + 60}</uptime>`,
            "<naccepted>3</naccepted>",
            "<server><application><name>live</name><live>",
            `<stream><name>news</name><time>${elapsedMs}</time><bw_in>${this.bytesPerSecond * 8}</bw_in><bytes_in>${bytes}</bytes_in>`,
            `<bw_out>${this.bytesPerSecond * 8}</bw_out><bytes_out>${bytes}</bytes_out>`,
            client(1, "<dropped>0</dropped><publishing/><active/>"),
            client(2, "<dropped>7</dropped><active/>"),
            "<meta><video><width>1920</width><height>1080</height><frame_rate>25.000</frame_rate><codec>H264</codec></video>",
            "<audio><codec>AAC</codec><channels>2</channels></audio></meta>",
            "<nclients>2</nclients><publishing/><active/></stream>",
            `<stream><name>waited</name><time>${elapsedMs}</time><bw_in>0</bw_in><bytes_in>0</bytes_in>`,
            `<bw_out>0</bw_out><bytes_out>0</bytes_out>${client(3, "<dropped>0</dropped>")}<nclients>1</nclients></stream>`,
            "<nclients>3</nclients></live></application></server>",
            "</rtmp>",
            "",
          ].join("\r\n"),
        );
    });
  }
}
