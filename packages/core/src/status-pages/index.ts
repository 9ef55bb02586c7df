export * from "./status-page.ts";
export * from "./public-status.ts";
export * from "./uptime-tally.ts";
