export { PANEL_FIXTURES, PANEL_SECRETS } from "./fixtures.ts";
export * from "./panel-stand-in.ts";
export { MarzbanStandIn } from "./marzban-stand-in.ts";
export { PasarguardStandIn } from "./pasarguard-stand-in.ts";
export { MarzneshinStandIn } from "./marzneshin-stand-in.ts";
export { RemnawaveStandIn, remnawaveId } from "./remnawave-stand-in.ts";
