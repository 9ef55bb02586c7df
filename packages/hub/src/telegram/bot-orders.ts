import type { ActionName, DriverName } from "@muster/core";
import type { Picture } from "./bot-charts.ts";

/** One effect on one server, exactly as it was shown to whoever is to confirm it. */
export interface Act {
  readonly do: "act";
  readonly action: Extract<ActionName, "service.restart" | "server.reboot">;
  readonly serverId: string;
  /** As it was called then: what is called otherwise meanwhile may be another one. */
  readonly server: string;
  readonly service: { readonly driver: DriverName; readonly name: string } | null;
}

/** What a button under a bot's own message is for. */
export type Order =
  /** The same as if this line had been written. */
  { readonly do: "command"; readonly line: string } | Act | { readonly do: "cancel" };

export interface Choice {
  readonly label: string;
  readonly order: Order;
}

/** What a bot says to somebody, and what that one may choose from below it, once. */
export interface Reply {
  readonly text: string;
  readonly choices?: readonly Choice[];
  /** Shown above the text. */
  readonly picture?: Picture;
  /** Said below the text where the picture could not be sent. */
  readonly withoutPicture?: string;
  /** So long one may choose. */
  readonly choicesMs?: number;
}
