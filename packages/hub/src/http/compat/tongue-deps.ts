import type { Clock } from "@muster/core";
import type { LinkSettings } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { BearerSignIn } from "./bearer-sign-in.ts";

/** A box that the servers file names and the fleet does not have. */
export interface NewBox {
  readonly name: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly link: LinkSettings;
}

/** What came of reading the servers file. */
export interface ServersFileReading {
  /** Of the boxes that the file names. */
  readonly namedCount: number;
  readonly addedCount: number;
  /** Entries that were left out, and why; the first ones. */
  readonly problems: readonly { readonly where: string; readonly problem: string }[];
}

/** The file of the setting `serversFile`. */
export interface ServersFileDoor {
  /** Gives its new boxes one after the other. Throws NOT_FOUND when none is set, CONFIG_INVALID, and what `add` throws. */
  addNew(add: (box: NewBox) => Promise<unknown>): Promise<ServersFileReading>;
}

/** What the words of other systems need besides our own routes. */
export interface TongueDeps {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly signIn: BearerSignIn;
  readonly serversFile: ServersFileDoor;
  readonly version: string;
  /** The hub's own host name, by which it knows its own machine among the servers. */
  readonly hostName: string;
  readonly isReady: () => boolean;
  /** The hub's own metrics in Prometheus' text format. */
  readonly renderMetrics: () => Promise<string>;
}
