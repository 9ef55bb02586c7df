export * from "./stand-in-server.ts";
export * from "./ipvtl-stand-in.ts";
export * from "./virgilio-stand-in.ts";
export * from "./server-monitor-stand-in.ts";
export * from "./mediamtx-stand-in.ts";
export * from "./nginx-rtmp-stand-in.ts";
export * from "./srs-stand-in.ts";
export * from "./flussonic-stand-in.ts";
