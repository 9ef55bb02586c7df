import { deadline, MusterError } from "@muster/core";
import type { Clock, TimeRange } from "@muster/core";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Combination } from "../../metrics/metric-store.ts";
import { QUERY_RANGE_MAX_MS, QUERY_SERVERS_MAX, QUERY_TIME_MS_MAX } from "../limits.ts";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The parameters that say whose samples. */
export interface ServerChoice {
  readonly server?: string | undefined;
  readonly tag?: string | undefined;
  readonly fleet?: boolean | undefined;
  readonly probe?: string | undefined;
}

/** Whose samples there are. */
export interface SampleOwners {
  readonly fleet: Fleet;
  readonly probes: { has(id: string): boolean };
}

/**
 * Whose samples are asked for: probes that are named, or servers: those named or, where that is said, all; only those with
 * one of the tags, if any are named.
 */
export function chosenServers({ fleet, probes }: SampleOwners, query: ServerChoice): readonly string[] {
  if (query.probe !== undefined) {
    const other = (["server", "tag", "fleet"] as const).find((name) => query[name] !== undefined);
    if (other !== undefined)
      throw new MusterError("BAD_REQUEST", { fields: { [`query.${other}`]: "goes without probe" } });
    return named("probe", query.probe, (id) => probes.has(id));
  }
  if (query.server === undefined && query.tag === undefined && query.fleet !== true)
    throw new MusterError("BAD_REQUEST", { fields: { "query.server": "name servers or a tag, or say fleet=true" } });
  if (query.server !== undefined && query.fleet === true)
    throw new MusterError("BAD_REQUEST", { fields: { "query.fleet": "goes without server" } });
  const servers =
    query.server === undefined ? fleet.ids() : named("server", query.server, (id) => fleet.get(id) !== undefined);
  if (query.tag === undefined) return servers;
  const tags = query.tag.split(",");
  return servers.filter((id) => fleet.get(id)?.known.tags.some((tag) => tags.includes(tag)));
}

/** Ids as asked; an empty part is an error, never "all". */
function named(what: "server" | "probe", text: string, isThere: (id: string) => boolean): readonly string[] {
  const ids = [...new Set(text.split(","))];
  const wrong = ids.find((id) => !ID.test(id));
  if (wrong !== undefined)
    throw new MusterError("BAD_REQUEST", { fields: { [`query.${what}`]: `must be ${what} ids separated by commas` } });
  if (ids.length > QUERY_SERVERS_MAX)
    throw new MusterError("QUERY_TOO_LARGE", {
      fields: { [`query.${what}`]: `at most ${QUERY_SERVERS_MAX} ${what}s at once` },
    });
  for (const id of ids)
    if (!isThere(id))
      throw new MusterError("NOT_FOUND", { fields: { [`query.${what}`]: `there is no ${what} ${id}` } });
  return ids;
}

/** What becomes one line; undefined where each series is one. */
export function groupsOf(
  fleet: Fleet,
  serverIds: readonly string[],
  by: "series" | "server" | "tag" | "all",
): Combination["groups"] | undefined {
  switch (by) {
    case "series":
      return undefined;
    case "server":
      return serverIds.map((id) => ({ name: id, serverIds: [id] }));
    case "all":
      return [{ name: "", serverIds }];
    case "tag": {
      const tagsOf = (id: string): readonly string[] => fleet.get(id)?.known.tags ?? [];
      const tags = new Set(serverIds.flatMap(tagsOf));
      return [
        ...[...tags]
          .sort()
          .map((tag) => ({ name: tag, serverIds: serverIds.filter((id) => tagsOf(id).includes(tag)) })),
        { name: "", serverIds: serverIds.filter((id) => tagsOf(id).length === 0) },
      ];
    }
  }
}

/** Throws BAD_REQUEST for a reversed range, QUERY_TOO_LARGE for one of more than ten years. */
export function rangeOf({ from, to }: { readonly from: number; readonly to: number }): TimeRange {
  if (to <= from) throw new MusterError("BAD_REQUEST", { fields: { "query.to": "must be later than from" } });
  if (to - from > QUERY_RANGE_MAX_MS)
    throw new MusterError("QUERY_TOO_LARGE", { fields: { "query.from": "the range is longer than ten years" } });
  return { from, until: to };
}

/** Gives up with QUERY_TIMED_OUT what takes too long, and with the signal's reason what nobody waits for any more. */
export async function inTime<T>(
  clock: Clock,
  signal: AbortSignal,
  work: (bounded: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = deadline(clock, QUERY_TIME_MS_MAX, signal);
  try {
    return await work(limit.signal);
  } catch (error) {
    if (limit.signal.aborted && !signal.aborted) throw new MusterError("QUERY_TIMED_OUT", {}, error);
    throw error;
  } finally {
    limit.done();
  }
}
