import { createContext, useContext } from "react";
import type { Server } from "../../fleet/fleet-view.ts";
import type { ServerWatch } from "../../charts/server-watch.ts";

/** What the tabs of a server page share. */
export interface WatchedServer {
  readonly server: Server;
  readonly watch: ServerWatch;
}

export const WatchContext = createContext<WatchedServer | undefined>(undefined);

export function useWatchedServer(): WatchedServer {
  const value = useContext(WatchContext);
  if (!value) throw new TypeError("this part of a server page stands outside it");
  return value;
}
