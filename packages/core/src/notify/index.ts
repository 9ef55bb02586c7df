export * from "./kinds.ts";
export type { NotifierKindEntry } from "./notifier-kind-entry.ts";
export * from "./notice-template.ts";
export * from "./template-text.ts";
