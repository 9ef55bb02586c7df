export * from "./stand-in-server.ts";
export * from "./ipvtl-stand-in.ts";
