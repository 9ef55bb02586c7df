import { heldBehind, HUB_NETWORK, isAboutPlace, MusterError, wayRound, wrongMembers } from "@muster/core";
import type { Dependencies, Incident, Place } from "@muster/core";
import type { PlaceView, ServerParentsView } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { ProbeDesk } from "../probes/probe-desk.ts";
import type { HubNetwork } from "./hub-network.ts";
import type { Database } from "../state/database.ts";

export interface ServerParentsDeps {
  readonly db: Database;
  readonly fleet: Pick<Fleet, "get" | "ids" | "presenceOf" | "changed" | "listen">;
  readonly probes: Pick<ProbeDesk, "has" | "ids" | "definition" | "view" | "listen">;
  /** The server by way of which another one is reached. */
  readonly wayTo: (serverId: string) => string | undefined;
  readonly network: Pick<HubNetwork, "isDown" | "isOwn">;
}

/** What somebody said that a server stands behind. */
export interface SaidParents {
  readonly serverIds: readonly string[];
  readonly probeIds: readonly string[];
}

const server = (id: string): Place => ({ is: "server", id });
const HELD_NAMED_MAX = 20;

/**
 * What stands behind what (AL34): servers behind those that somebody named, and behind the one by way of which they are
 * reached; probes behind the server that they are about, or run on. Keeps what was named, and knows what is down.
 */
export class ServerParents implements Dependencies {
  readonly #deps: ServerParentsDeps;
  readonly #said: Map<string, readonly Place[]>;

  private constructor(deps: ServerParentsDeps, said: Map<string, readonly Place[]>) {
    this.#deps = deps;
    this.#said = said;
    // The database forgets by itself what stood behind something that is gone; ids never come again.
    const forget = (gone: string): void => {
      said.delete(gone);
      for (const [id, places] of said)
        if (places.some((place) => place.id === gone))
          said.set(
            id,
            places.filter((place) => place.id !== gone),
          );
    };
    deps.fleet.listen((event) => event.is === "removed" && forget(event.serverId));
    deps.probes.listen((event) => event.is === "removed" && forget(event.probeId));
  }

  static async open(deps: ServerParentsDeps): Promise<ServerParents> {
    const rows = await deps.db.selectFrom("server_parent").selectAll().execute();
    const said = new Map<string, Place[]>();
    for (const { server_id, parent_server_id, parent_probe_id } of rows) {
      const place: Place =
        parent_server_id === null ? { is: "probe", id: parent_probe_id ?? "" } : server(parent_server_id);
      said.set(server_id, [...(said.get(server_id) ?? []), place]);
    }
    return new ServerParents(deps, said);
  }

  parentsOf = ({ is, id }: Place): readonly Place[] => {
    const { probes, wayTo, network } = this.#deps;
    if (is === "hub") return [];
    if (is === "server") {
      const way = wayTo(id);
      const own = [...(this.#said.get(id) ?? []), ...(way === undefined ? [] : [server(way)])];
      return network.isOwn(id) ? own : [...own, HUB_NETWORK];
    }
    if (!probes.has(id)) return [];
    const { via, about } = probes.definition(id);
    const own = [via, about].flatMap((serverId) => (serverId === null ? [] : [server(serverId)]));
    return via === null ? [...own, HUB_NETWORK] : own;
  };

  isDown = ({ is, id }: Place): boolean => {
    const { fleet, probes, network } = this.#deps;
    if (is === "hub") return network.isDown;
    if (is === "probe") {
      if (!probes.has(id)) return false;
      const { state, health } = probes.view(id);
      return state !== "paused" && health === "unhealthy";
    }
    const live = fleet.get(id);
    if (live === undefined || live.known.state === "revoked") return false;
    const presence = fleet.presenceOf(live).is;
    return presence === "stale" || presence === "offline";
  };

  /** Throws NOT_FOUND. */
  view(serverId: string): ServerParentsView {
    this.#check(serverId);
    const way = this.#deps.wayTo(serverId);
    const behind = heldBehind(server(serverId), this);
    return {
      parents: (this.#said.get(serverId) ?? []).flatMap((place) => this.placeView(place) ?? []),
      way: way === undefined ? null : (this.placeView(server(way)) ?? null),
      heldBehind: behind === undefined ? null : (this.placeView(behind) ?? null),
    };
  }

  /**
   * From now on a server stands behind these. Durable when it resolves. Throws NOT_FOUND, also for a parent that is not
   * there, and BAD_REQUEST with the way round where it would stand behind itself.
   */
  async set(serverId: string, { serverIds, probeIds }: SaidParents): Promise<void> {
    this.#check(serverId);
    const given: readonly (readonly [field: keyof SaidParents, Place])[] = [
      ...[...new Set(serverIds)].map((id) => ["serverIds", server(id)] as const),
      ...[...new Set(probeIds)].map((id) => ["probeIds", { is: "probe", id } as const] as const),
    ];
    for (const [field, place] of given) {
      if (this.placeView(place) === undefined)
        throw new MusterError("NOT_FOUND", { fields: { [`body.${field}`]: `there is no ${place.is} ${place.id}` } });
      const round = wayRound(server(serverId), [place], this);
      if (round !== undefined)
        throw new MusterError("BAD_REQUEST", {
          fields: { [`body.${field}`]: `would make it depend on itself: ${this.#text(round)}` },
        });
    }
    const places = given.map(([, place]) => place);
    await this.#deps.db.transaction().execute(async (db) => {
      await db.deleteFrom("server_parent").where("server_id", "=", serverId).execute();
      if (places.length > 0)
        await db
          .insertInto("server_parent")
          .values(
            places.map(({ is, id }) => ({
              server_id: serverId,
              parent_server_id: is === "server" ? id : null,
              parent_probe_id: is === "probe" ? id : null,
            })),
          )
          .execute();
    });
    this.#said.set(serverId, places);
    this.#deps.fleet.changed(serverId);
  }

  /** Undefined where there is none any more. */
  placeView({ is, id }: Place): PlaceView | undefined {
    const { fleet, probes } = this.#deps;
    const name = is === "server" ? fleet.get(id)?.known.name : probes.has(id) ? probes.definition(id).name : undefined;
    return name === undefined ? undefined : { is, id, name };
  }

  /** What is not told now because of something that is wrong in an incident: the first of them, and how many. */
  heldBy(incident: Incident): { readonly places: readonly PlaceView[]; readonly count: number } {
    const { fleet, probes } = this.#deps;
    const wrong = incident.state === "open" ? wrongMembers(incident) : [];
    const isHolding = (place: Place): boolean => wrong.some(({ subject }) => isAboutPlace(subject, place));
    const held = [...fleet.ids().map(server), ...probes.ids().map((id): Place => ({ is: "probe", id }))].filter(
      (place) => {
        if (!this.isDown(place)) return false;
        const behind = heldBehind(place, this);
        return behind !== undefined && isHolding(behind);
      },
    );
    return {
      places: held.slice(0, HELD_NAMED_MAX).flatMap((place) => this.placeView(place) ?? []),
      count: held.length,
    };
  }

  #check(serverId: string): void {
    if (this.#deps.fleet.get(serverId) === undefined) throw new MusterError("NOT_FOUND");
  }

  #text(places: readonly Place[]): string {
    return places.map((place) => this.placeView(place)?.name ?? place.id).join(" depends on ");
  }
}
