import type { Right } from "@muster/core";
import type { Icon } from "@tabler/icons-react";
import {
  IconActivity,
  IconAlertTriangle,
  IconBellOff,
  IconBox,
  IconCalendarClock,
  IconDatabase,
  IconFileText,
  IconFingerprint,
  IconHeartRateMonitor,
  IconHistory,
  IconKey,
  IconRuler2,
  IconSend,
  IconServer2,
  IconTopologyStar3,
  IconUser,
  IconUsers,
  IconWorld,
} from "@tabler/icons-react";

/** Pages of the navigation, in their order, each with the right without which it would only show a refusal.
 * A phone has room for a few; the account page leads to the others. `tab`: another page leads to it, and the palette. */
export const PAGES = [
  { to: "/", key: "servers", icon: IconServer2, right: "servers.read", place: "everywhere" },
  { to: "/incidents", key: "incidents", icon: IconAlertTriangle, right: "incidents.read", place: "everywhere" },
  { to: "/services", key: "services", icon: IconBox, right: "services.read", place: "everywhere" },
  { to: "/probes", key: "probes", icon: IconHeartRateMonitor, right: "probes.read", place: "everywhere" },
  { to: "/logs", key: "logs", icon: IconFileText, right: "logs.read", place: "everywhere" },
  { to: "/tasks", key: "tasks", icon: IconCalendarClock, right: "tasks.read", place: "desk" },
  { to: "/activity", key: "activity", icon: IconActivity, right: "actions.read", place: "desk" },
  { to: "/users", key: "users", icon: IconUsers, right: "users.read", place: "desk" },
  { to: "/tokens", key: "tokens", icon: IconKey, right: "tokens.read", place: "desk" },
  { to: "/audit", key: "audit", icon: IconHistory, right: "audit.read", place: "desk" },
  { to: "/status", key: "hub", icon: IconTopologyStar3, right: "hub.read", place: "desk" },
  { to: "/settings/ssh-keys", key: "sshKeys", icon: IconFingerprint, right: "ssh-keys.read", place: "desk" },
  { to: "/settings/history", key: "history", icon: IconDatabase, right: "hub.read", place: "desk" },
  { to: "/silences", key: "silences", icon: IconBellOff, right: "incidents.read", place: "tab" },
  { to: "/rules", key: "rules", icon: IconRuler2, right: "rules.read", place: "tab" },
  { to: "/notifiers", key: "notifiers", icon: IconSend, right: "notifiers.read", place: "tab" },
  { to: "/status-pages", key: "statusPages", icon: IconWorld, right: "status-pages.read", place: "tab" },
  { to: "/account", key: "account", icon: IconUser, right: "self.read", place: "everywhere" },
] as const satisfies readonly {
  to: string;
  key: string;
  icon: Icon;
  right: Right;
  place: "everywhere" | "desk" | "tab";
}[];
