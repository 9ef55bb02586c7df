export * from "./kinds.ts";
export type { NotifierKindEntry } from "./notifier-kind-entry.ts";
