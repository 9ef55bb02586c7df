export * from "./panel-reading.ts";
export * from "./marzban.ts";
export * from "./marzneshin.ts";
export * from "./remnawave.ts";
export { PanelMemory, judgePanel } from "./judge-panel.ts";
export type { PanelRules } from "./judge-panel.ts";
