export * from "./fake-clock.ts";
export * from "./fault-proxy.ts";
export * from "./free-port.ts";
export * from "./leak-check.ts";
export * from "./program.ts";
export * from "./seeded-random.ts";
export * from "./temporary-directory.ts";
export * from "./wait-for.ts";
