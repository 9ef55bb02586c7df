import type { Clock } from "@muster/core";
import type { Fleet } from "../../fleet/fleet.ts";
import type { BearerSignIn } from "./bearer-sign-in.ts";

/** What the words of other systems need besides our own routes. */
export interface TongueDeps {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly signIn: BearerSignIn;
  readonly version: string;
  /** The hub's own host name, by which it knows its own machine among the servers. */
  readonly hostName: string;
  readonly isReady: () => boolean;
  /** The hub's own metrics in Prometheus' text format. */
  readonly renderMetrics: () => Promise<string>;
}
