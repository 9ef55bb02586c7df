import { containerKind } from "./container/container-driver.ts";
import type { DriverKind } from "./driver-kind.ts";
import { matchKind } from "./match/match-driver.ts";
import { systemdKind } from "./systemd/systemd-driver.ts";
import { systemdUserKind } from "./systemd/systemd-user-driver.ts";

/** Every driver of what others make run. What Muster itself runs, `process` and `tmux`, belongs to the agent. */
export const DRIVER_KINDS: readonly DriverKind[] = [systemdKind, systemdUserKind, containerKind, matchKind];
