import { firstDueInMs, nextDueMs } from "@muster/core";
import type { Clock, Instant, Logger, PullKindName, PullReading } from "@muster/core";
import type { ServiceDriver } from "@muster/host";
import { LookSlots } from "@muster/node-kit";
import { PullFailure } from "./pull-adapter.ts";
import type { PullAdapter, PullConfig } from "./pull-adapter.ts";

/** One server that is pulled. */
export interface PullEntry {
  readonly serverId: string;
  readonly kind: PullKindName;
  readonly config: PullConfig;
  readonly intervalMs: number;
}

/** `at-its-turn`: at its place in the interval, or all servers would be asked at once when a hub starts. */
export type FirstLook = "now" | "at-its-turn";

/** How looking at one server goes. */
export interface PullState {
  readonly lastTriedAt: Instant | null;
  readonly lastOkAt: Instant | null;
  /** Why the last look failed; null when it did not. */
  readonly lastError: PullFailure | null;
  /** Of the last look, from asking to having it read; null before the first. */
  readonly roundTripMs: number | null;
  /** In a row. */
  readonly failures: number;
  /** Others that are read by the same look, because they are the same box with the same settings. */
  readonly sharedWith: readonly string[];
}

export interface PullPollerDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Makes what looks; throws PullFailure when the settings cannot be right. Does no I/O. `serverId`: the first of those that it looks for. */
  readonly create: (kind: PullKindName, config: PullConfig, serverId: string) => PullAdapter;
  /** Takes a reading, once for each server; the next look waits for it. What it throws is logged and nothing more. */
  readonly onReading: (serverId: string, reading: PullReading, at: Instant) => void | Promise<void>;
  readonly onFailure: (serverId: string, failure: PullFailure, at: Instant) => void;
}

export interface PullPollerConfig {
  /** Looks under way at one time, all servers together. One box has one at a time. */
  readonly looksMax: number;
}

/** Servers with the same box and the same settings: one adapter, one look. */
interface Group {
  readonly key: string;
  /** What names its place in the interval, and stays when members come and go. */
  readonly box: string;
  readonly entries: Map<string, PullEntry>;
  readonly adapter: PullAdapter | PullFailure;
  intervalMs: number;
  dueMs: number;
  timer: { cancel(): void } | undefined;
  /** The look that is under way or waits for its slot. */
  looking: Promise<PullReading> | undefined;
  readonly ending: AbortController;
  state: Omit<PullState, "sharedWith">;
}

const UNTRIED: Group["state"] = { lastTriedAt: null, lastOkAt: null, lastError: null, roundTripMs: null, failures: 0 };

/** Looks at servers at their intervals, spread, bounded, and less often at what fails. */
export class PullPoller {
  readonly #deps: PullPollerDeps;
  readonly #slots: LookSlots;
  readonly #groups = new Map<string, Group>();
  readonly #byServer = new Map<string, Group>();
  /** How late looks begin that the clock asked for; for measuring. */
  #onLateness: ((lateMs: number) => void) | undefined;

  constructor(config: PullPollerConfig, deps: PullPollerDeps) {
    this.#deps = deps;
    this.#slots = new LookSlots(config.looksMax);
  }

  /** Begins to look at a server, or goes on with other settings: then at once, bounded as all looks are. */
  put(entry: PullEntry, firstLook: FirstLook): void {
    const key = groupKey(entry);
    const before = this.#byServer.get(entry.serverId);
    if (before?.key === key) {
      before.entries.set(entry.serverId, entry);
      this.#keepInterval(before);
      return;
    }
    this.remove(entry.serverId);
    const group = this.#groups.get(key) ?? this.#begin(key, entry);
    group.entries.set(entry.serverId, entry);
    this.#byServer.set(entry.serverId, group);
    this.#keepInterval(group);
    // It is not before others that wait: nobody may make them wait by changing settings.
    if ((before !== undefined || firstLook === "now") && group.looking === undefined)
      void this.#look(group, "asked").catch(() => undefined);
  }

  /** Ends looking at a server; a look under way is given up unless others share it. */
  remove(serverId: string): void {
    const group = this.#byServer.get(serverId);
    if (group === undefined) return;
    this.#byServer.delete(serverId);
    group.entries.delete(serverId);
    if (group.entries.size > 0) return this.#keepInterval(group);
    this.#groups.delete(group.key);
    group.timer?.cancel();
    group.ending.abort();
  }

  /** Undefined for a server that is not pulled. */
  state(serverId: string): PullState | undefined {
    const group = this.#byServer.get(serverId);
    if (group === undefined) return undefined;
    return { ...group.state, sharedWith: [...group.entries.keys()].filter((id) => id !== serverId).toSorted() };
  }

  /** What looks at a server and acts on it; undefined when it is not pulled or its settings cannot be right. */
  adapter(serverId: string): PullAdapter | undefined {
    const adapter = this.#byServer.get(serverId)?.adapter;
    return adapter instanceof PullFailure ? undefined : adapter;
  }

  /** The driver of a server's services, where it has one. */
  driver(serverId: string): ServiceDriver | undefined {
    return this.adapter(serverId)?.driver;
  }

  /** Looks now, ahead of those that only their interval asks for; joins a look under way. Throws PullFailure. */
  async refresh(serverId: string): Promise<PullReading> {
    const group = this.#byServer.get(serverId);
    if (group === undefined) throw new PullFailure("address", "This server is not pulled.");
    const looking = group.looking ?? this.#look(group, "asked");
    this.#slots.hurry(group.ending.signal);
    return looking;
  }

  /** Ends all looks; resolves when none is under way any more. */
  async stop(): Promise<void> {
    const looks = [...this.#groups.values()].flatMap(({ looking }) => looking ?? []);
    for (const serverId of [...this.#byServer.keys()]) this.remove(serverId);
    await Promise.allSettled(looks);
  }

  /** For a benchmark: how many milliseconds after its time each look began. */
  watchLateness(take: (lateMs: number) => void): void {
    this.#onLateness = take;
  }

  #begin(key: string, { serverId, kind, config, intervalMs }: PullEntry): Group {
    const { clock } = this.#deps;
    const box = `${kind} ${config.url} ${serverId}`;
    const group: Group = {
      ...{ key, box, entries: new Map(), adapter: this.#create(kind, config, serverId), intervalMs },
      dueMs: clock.monotonic() + firstDueInMs(box, intervalMs, clock.now()),
      ...{ timer: undefined, looking: undefined, ending: new AbortController(), state: UNTRIED },
    };
    this.#groups.set(key, group);
    this.#arm(group);
    return group;
  }

  #create(kind: PullKindName, config: PullConfig, serverId: string): PullAdapter | PullFailure {
    try {
      return this.#deps.create(kind, config, serverId);
    } catch (error) {
      if (error instanceof PullFailure) return error;
      throw error;
    }
  }

  /** The most impatient member sets the pace. */
  #keepInterval(group: Group): void {
    const intervalMs = Math.min(...[...group.entries.values()].map((entry) => entry.intervalMs));
    if (intervalMs === group.intervalMs) return;
    const { clock } = this.#deps;
    group.intervalMs = intervalMs;
    group.dueMs = clock.monotonic() + firstDueInMs(group.box, intervalMs, clock.now());
    if (group.looking === undefined) this.#arm(group);
  }

  #arm(group: Group): void {
    const { clock } = this.#deps;
    group.timer?.cancel();
    group.timer = clock.after(Math.max(0, group.dueMs - clock.monotonic()), () => {
      // A look that was asked for is under way: it counts for this turn, and arms the next one.
      if (group.looking === undefined) void this.#look(group, "due").catch(() => undefined);
    });
  }

  #look(group: Group, why: "due" | "asked"): Promise<PullReading> {
    const looking = this.#looked(group, why).finally(() => {
      group.looking = undefined;
      if (group.ending.signal.aborted) return;
      const { clock } = this.#deps;
      const endedMs = clock.monotonic();
      const { dueMs, intervalMs, state } = group;
      // A timer may come a moment early, so that a quick look ends before its own time.
      if (why === "due" || dueMs <= endedMs) group.dueMs = nextDueMs(dueMs, endedMs, intervalMs, state.failures);
      // Somebody asked for a look at what was given time to recover, and it has.
      else if (state.failures === 0 && dueMs - endedMs > intervalMs)
        group.dueMs = endedMs + firstDueInMs(group.box, intervalMs, clock.now());
      this.#arm(group);
    });
    group.looking = looking;
    return looking;
  }

  async #looked(group: Group, why: "due" | "asked"): Promise<PullReading> {
    const { clock } = this.#deps;
    const { signal } = group.ending;
    const box = boxOf(group);
    const release = await this.#slots.take(box, signal);
    const startedMs = clock.monotonic();
    if (why === "due") this.#onLateness?.(startedMs - group.dueMs);
    const at = clock.now();
    try {
      signal.throwIfAborted();
      if (group.adapter instanceof PullFailure) throw group.adapter;
      const reading = await group.adapter.read(signal);
      signal.throwIfAborted();
      const roundTripMs = clock.monotonic() - startedMs;
      group.state = { lastTriedAt: at, lastOkAt: at, lastError: null, roundTripMs, failures: 0 };
      await this.#tell(group, reading);
      return reading;
    } catch (error) {
      if (signal.aborted) throw new PullFailure("reach", "It is not looked at any more.");
      const failure = this.#asFailure(error, box);
      const { lastOkAt, failures } = group.state;
      const roundTripMs = clock.monotonic() - startedMs;
      group.state = { lastTriedAt: at, lastOkAt, lastError: failure, roundTripMs, failures: failures + 1 };
      for (const serverId of group.entries.keys()) this.#guarded(() => this.#deps.onFailure(serverId, failure, at));
      throw failure;
    } finally {
      release();
    }
  }

  async #tell(group: Group, reading: PullReading): Promise<void> {
    const at = this.#deps.clock.now();
    for (const serverId of [...group.entries.keys()])
      try {
        await this.#deps.onReading(serverId, reading, at);
      } catch (error) {
        this.#deps.log.error("a reading of a pulled server could not be taken", { serverId, error });
      }
  }

  #guarded(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#deps.log.error("a failure of a pulled server could not be told", { error });
    }
  }

  /** What no adapter should throw is logged with its cause and told without it. */
  #asFailure(error: unknown, box: string): PullFailure {
    if (error instanceof PullFailure) return error;
    this.#deps.log.error("a pulled server could not be read for a reason that was not foreseen", { box, error });
    return new PullFailure("understand", `${box} could not be read; the hub's log has the cause.`);
  }
}

/** What makes a reading what it is: two entries with all of it the same are one box. */
function groupKey({ kind, config }: PullEntry): string {
  const { url, secret = "", timeoutMs, allow, channelNames, listFingerprint = "" } = config;
  const names = Object.entries(channelNames).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([kind, addressOf(url), secret, timeoutMs, allow.toSorted(), names, listFingerprint]);
}

const addressOf = (url: string): string => (URL.canParse(url) ? new URL(url).href.replace(/\/+$/, "") : url);

/** Host and port, for the bound of one look at a time. */
function boxOf({ entries }: Group): string {
  const url = entries.values().next().value?.config.url ?? "";
  if (!URL.canParse(url)) return url;
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}`;
}
