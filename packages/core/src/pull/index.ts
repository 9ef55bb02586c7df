export * from "./kinds.ts";
export * from "./reading.ts";
export { PullTextError, parseRecord, quoted } from "./pull-text.ts";
export * from "./ipvtl.ts";
export * from "./channel-verbs.ts";
export * from "./channel-watch.ts";
export * from "./virgilio.ts";
export * from "./server-monitor.ts";
export * from "./prometheus-text.ts";
export * from "./node-exporter.ts";
export * from "./allowed-series.ts";
export { STREAMS_MAX } from "./stream-watch.ts";
export { MediamtxReader, mediamtxVersion } from "./mediamtx.ts";
export { NginxRtmpReader } from "./nginx-rtmp.ts";
export { FlussonicReader, parseFlussonicPage } from "./flussonic.ts";
export type { FlussonicPage } from "./flussonic.ts";
export { parseSrsAnswer, SRS_CLIENTS_MAX, SrsReader } from "./srs.ts";
export {
  AstraWatch,
  astraReading,
  isAstraStreamId,
  parseAstraStatus,
  parseAstraStream,
  parseAstraStreams,
  parseAstraSystem,
} from "./astra.ts";
export type { AstraLook, AstraStream, AstraStreamStatus } from "./astra.ts";
