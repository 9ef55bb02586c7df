import { MusterError } from "@muster/core";
import { ownServerId } from "../../fleet/own-server.ts";
import type { TongueDeps } from "./tongue-deps.ts";

/** The server that is the hub's own machine. Throws NOT_FOUND when it is none of this hub's servers. */
export function ownMachine({ fleet, hostName }: Pick<TongueDeps, "fleet" | "hostName">): string {
  const id = ownServerId(fleet, hostName);
  if (id === undefined)
    throw new MusterError("NOT_FOUND", {
      message: "The hub's own machine is no server of this hub; join it, or name a server.",
    });
  return id;
}
