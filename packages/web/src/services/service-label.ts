import type { Service } from "./services-view.ts";

/** What people call a service: its name and where it is. */
export const serviceLabel = ({ name, server }: Pick<Service, "name" | "server">): string => `${name}@${server}`;
