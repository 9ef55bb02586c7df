import type { Clock, DriverName, Logger } from "@muster/core";
import type { ActingHost } from "../host.ts";
import type { ServiceDriver } from "../service-driver.ts";

export interface DriverDeps {
  readonly host: ActingHost;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What an operator can set for the drivers of one server. */
export interface DriverConfig {
  /** Where the machine's own root is mounted when the agent runs in a container, else "/". Only `match` reads it. */
  readonly hostRoot: string;
  /** Docker's socket; `auto` takes the first that is there of Docker's own and podman's. */
  readonly containerSocket: string;
  /** Processes to find by what their command lines hold. */
  readonly matches: readonly MatchEntry[];
  /** A program that says of itself nothing is watched so long after a start before that counts as succeeded. */
  readonly settleMs: number;
}

export const DEFAULT_DRIVER_CONFIG: DriverConfig = {
  hostRoot: "/",
  containerSocket: "auto",
  matches: [],
  settleMs: 500,
};

/** A service that is found, not run: its processes hold every keyword in their command lines. */
export interface MatchEntry {
  readonly name: string;
  readonly keywords: readonly string[];
}

/** A description; `catalog.ts` lists them all. `create` does no I/O. */
export interface DriverKind {
  readonly name: DriverName;
  create(config: DriverConfig, deps: DriverDeps): ServiceDriver;
}
