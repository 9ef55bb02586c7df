export * from "./ssh-address.ts";
