import type { Fleet } from "./fleet.ts";

/** The server that is the machine on which the hub itself runs, by what its agent says is its host name; undefined when none or several are. */
export function ownServerId(fleet: Pick<Fleet, "ids" | "get">, hostName: string): string | undefined {
  const own = fleet.ids().filter((id) => fleet.get(id)?.known.facts?.hostName === hostName);
  return own.length === 1 ? own[0] : undefined;
}
