import type { Right } from "@muster/core";
import type { Icon } from "@tabler/icons-react";
import { IconHistory, IconKey, IconServer2, IconTopologyStar3, IconUser, IconUsers } from "@tabler/icons-react";

/** Pages of the navigation, in their order, each with the right without which it would only show a refusal. */
export const PAGES = [
  { to: "/", key: "servers", icon: IconServer2, right: "servers.read" },
  { to: "/users", key: "users", icon: IconUsers, right: "users.read" },
  { to: "/tokens", key: "tokens", icon: IconKey, right: "tokens.read" },
  { to: "/audit", key: "audit", icon: IconHistory, right: "audit.read" },
  { to: "/hub", key: "hub", icon: IconTopologyStar3, right: "hub.read" },
  { to: "/account", key: "account", icon: IconUser, right: "self.read" },
] as const satisfies readonly { to: string; key: string; icon: Icon; right: Right }[];
