import { MINUTE_MS, MusterError } from "@muster/core";
import type { Actor, Cancellable, Clock, Logger } from "@muster/core";
import { FOCUS_LEASE_MS, LIVE_MIN_GAP_MS } from "@muster/protocol";
import type { LiveServerMessage, Processes, ServerState } from "@muster/protocol";
import type { WebSocket } from "ws";
import type { AccessEvents } from "../../access/access-events.ts";
import type { SessionStore } from "../../access/sessions.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { JoinTokenStore } from "../../fleet/join-token-store.ts";
import type { Links } from "../../links/links.ts";
import { LIVE_SOCKETS_PER_ADDRESS_MAX, LIVE_SOCKETS_PER_USER_MAX } from "../limits.ts";
import { LIVE_CLOSE, LiveClient } from "./live-client.ts";
import type { LiveClientOwner, Topic } from "./live-client.ts";
import type { LogDesk, LogMessage } from "./log-desk.ts";

export interface LiveHubDeps {
  readonly fleet: Fleet;
  readonly links: Links;
  readonly joinTokens: JoinTokenStore;
  readonly sessions: SessionStore;
  readonly events: AccessEvents;
  readonly logs: LogDesk;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everybody who looks at one topic, and when it was last told. */
interface Channel {
  readonly topic: Topic;
  readonly clients: Set<LiveClient>;
  toldMono: number;
  planned: Cancellable | undefined;
  seriesVersion: number;
  processes: Processes | undefined;
  isBusy: boolean;
}

const PROCESSES_EVERY_MS = 3_000;
const PROCESSES_LIMIT = 500;
const FOCUS_RENEW_MS = FOCUS_LEASE_MS / 2;

/** Tells browsers the newest state of what they look at: at most once a second a topic, written out once for all of them. */
export class LiveHub implements LiveClientOwner {
  readonly #deps: LiveHubDeps;
  readonly #clients = new Set<LiveClient>();
  readonly #channels = new Map<string, Channel>();
  readonly #changed = new Set<string>();
  readonly #read = new Set<string>();
  /** The minute up to which a server's CPU line was told. */
  readonly #toldMinutes = new Map<string, number>();
  readonly #removed = new Set<string>();

  constructor(deps: LiveHubDeps) {
    this.#deps = deps;
    deps.fleet.listen((event) => {
      if (event.is === "removed") {
        this.#removed.add(event.serverId);
        this.#changed.delete(event.serverId);
        this.#read.delete(event.serverId);
        this.#toldMinutes.delete(event.serverId);
      } else (event.is === "read" ? this.#read : this.#changed).add(event.serverId);
      this.#plan("fleet");
      if (event.is !== "removed") this.#plan(`server/${event.serverId}`);
      for (const channel of this.#channels.values())
        if (channel.topic.kind === "join-token" && event.is === "changed") this.#plan(channel.topic.name);
    });
    deps.events.listen((change) => {
      for (const client of this.#clients) {
        const isMeant =
          change.is === "session-ended"
            ? client.actor.sessionId === change.sessionId
            : change.is === "user-changed" && client.actor.user.id === change.userId;
        if (isMeant) void this.#recheck(client);
      }
    });
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Whether one more socket of this user and address may be opened. */
  hasRoom(userId: string, address: string): boolean {
    let ofUserCount = 0;
    let ofAddressCount = 0;
    for (const client of this.#clients) {
      if (client.actor.user.id === userId) ofUserCount++;
      if (client.address === address) ofAddressCount++;
    }
    return ofUserCount < LIVE_SOCKETS_PER_USER_MAX && ofAddressCount < LIVE_SOCKETS_PER_ADDRESS_MAX;
  }

  accept(
    socket: WebSocket,
    who: { readonly actor: Extract<Actor, { kind: "session" }>; readonly cookie: string; readonly address: string },
  ): void {
    const client = new LiveClient(socket, who, { owner: this, clock: this.#deps.clock });
    this.#clients.add(client);
    // The session may have ended between the look at the cookie and now, when nobody would have told this socket.
    void this.#recheck(client);
  }

  async subscribe(client: LiveClient, topic: Topic): Promise<void> {
    if ((topic.kind === "server" || topic.kind === "processes") && !this.#deps.fleet.get(topic.id))
      throw new MusterError("NOT_FOUND");
    if (topic.kind === "join-token" && !(await this.#deps.joinTokens.byId(topic.id)))
      throw new MusterError("NOT_FOUND");
    if (!client.topics.has(topic.name)) return;
    const channel = this.#channels.get(topic.name) ?? {
      topic,
      clients: new Set<LiveClient>(),
      toldMono: -Infinity,
      planned: undefined,
      seriesVersion: -1,
      processes: undefined,
      isBusy: false,
    };
    this.#channels.set(topic.name, channel);
    const isFirst = channel.clients.size === 0;
    channel.clients.add(client);
    if (isFirst && topic.kind === "server") this.#renewFocus(channel);
    if (isFirst && topic.kind === "processes") void this.#pollProcesses(channel);
    const whole = await this.#whole(channel);
    // Left out now, it must come whole later: a change alone would be told to somebody who knows nothing yet.
    if (whole !== undefined && !client.sendText(whole)) client.behind.add(topic.name);
  }

  unsubscribe(client: LiveClient, topic: Topic): void {
    const channel = this.#channels.get(topic.name);
    if (!channel) return;
    channel.clients.delete(client);
    if (channel.clients.size > 0) return;
    channel.planned?.cancel();
    this.#channels.delete(topic.name);
  }

  takeLogs(client: LiveClient, message: LogMessage): void {
    this.#deps.logs.take(client, message);
  }

  ended(client: LiveClient): void {
    if (!this.#clients.delete(client)) return;
    this.#deps.logs.ended(client);
    for (const topic of client.topics.values()) this.unsubscribe(client, topic);
    client.topics.clear();
  }

  /** Call every twenty seconds or so: pings, and ends sockets whose session ran out. */
  async keepAlive(): Promise<void> {
    for (const client of this.#clients) {
      client.keepAlive();
      await this.#recheck(client);
    }
  }

  closeAll(): void {
    for (const client of this.#clients) client.close(LIVE_CLOSE.restarting, "the hub is stopping");
  }

  /** The client's rights as they are now; without a session the socket ends. */
  async #recheck(client: LiveClient): Promise<void> {
    const actor = await this.#deps.sessions.actorByHash(client.actor.sessionId, false);
    if (actor) {
      client.actor = actor;
      this.#deps.logs.recheck(client);
    } else client.close(LIVE_CLOSE.signedOut, "signed out");
  }

  /** Tells a topic as soon as its gap allows. */
  #plan(name: string): void {
    const channel = this.#channels.get(name);
    if (!channel || channel.planned) return;
    const waitMs = Math.max(0, channel.toldMono + LIVE_MIN_GAP_MS - this.#deps.clock.monotonic());
    if (waitMs === 0 && channel.topic.kind === "server") return this.#tell(channel);
    channel.planned = this.#deps.clock.after(waitMs, () => {
      channel.planned = undefined;
      this.#tell(channel);
    });
  }

  #tell(channel: Channel): void {
    channel.toldMono = this.#deps.clock.monotonic();
    if (channel.topic.kind === "join-token" || channel.topic.kind === "processes") return void this.#tellWhole(channel);
    const text = this.#change(channel);
    if (text === undefined) return;
    for (const client of channel.clients) this.#sendOrMark(client, channel, text);
  }

  async #tellWhole(channel: Channel): Promise<void> {
    const text = await this.#whole(channel);
    if (text === undefined) return;
    for (const client of channel.clients) this.#sendOrMark(client, channel, text);
  }

  #sendOrMark(client: LiveClient, channel: Channel, text: string): void {
    const { topic } = channel;
    if (!client.may(topic)) {
      client.topics.delete(topic.name);
      this.unsubscribe(client, topic);
      return client.send({
        t: "refused",
        topic: topic.name,
        code: "FORBIDDEN",
        message: new MusterError("FORBIDDEN").message,
      });
    }
    if (client.behind.has(topic.name)) {
      void this.#whole(channel).then((whole) => {
        if (whole !== undefined && client.sendText(whole)) client.behind.delete(topic.name);
      });
    } else if (!client.sendText(text)) client.behind.add(topic.name);
  }

  /** What changed since the last telling, as text. */
  #change(channel: Channel): string | undefined {
    const { fleet } = this.#deps;
    if (channel.topic.kind === "server") return this.#serverText(channel, false);
    const servers = [...this.#changed].flatMap((id) => (fleet.get(id) ? [fleet.view(id)] : []));
    const readings = [...this.#read].flatMap((id) => (this.#changed.has(id) ? [] : (fleet.reading(id) ?? [])));
    const removed = [...this.#removed];
    const told = [...this.#changed, ...this.#read];
    this.#changed.clear();
    this.#read.clear();
    this.#removed.clear();
    if (servers.length === 0 && readings.length === 0 && removed.length === 0) return undefined;
    return stateText(channel.topic.name, {
      whole: false,
      servers,
      readings,
      removed,
      cpuLastHour: this.#newCpuLines(told),
    });
  }

  async #whole(channel: Channel): Promise<string | undefined> {
    const { fleet, joinTokens } = this.#deps;
    const { topic } = channel;
    switch (topic.kind) {
      case "fleet":
        return stateText(topic.name, {
          whole: true,
          servers: fleet.views(),
          removed: [],
          cpuLastHour: this.#cpuLines(fleet.ids()),
        });
      case "server":
        return this.#serverText(channel, true);
      case "processes":
        return channel.processes && stateText(topic.name, channel.processes);
      case "join-token": {
        const token = await joinTokens.byId(topic.id);
        return (
          token && stateText(topic.name, { usesLeft: token.usesLeft, expiresAt: token.expiresAt, joined: token.joined })
        );
      }
    }
  }

  /** The lines that have a minute more than when they were told last. */
  #newCpuLines(ids: readonly string[]): Record<string, (number | null)[]> {
    const minute = Math.floor(this.#deps.clock.now() / MINUTE_MS);
    const due = ids.filter((id) => this.#toldMinutes.get(id) !== minute);
    for (const id of due) this.#toldMinutes.set(id, minute);
    return this.#cpuLines(due);
  }

  #cpuLines(ids: readonly string[]): Record<string, (number | null)[]> {
    const now = this.#deps.clock.now();
    return Object.fromEntries(
      ids.flatMap((id) => {
        const server = this.#deps.fleet.get(id);
        return server ? [[id, server.cpuLine.values(now)]] : [];
      }),
    );
  }

  #serverText(channel: Channel, isWhole: boolean): string | undefined {
    const { fleet, links } = this.#deps;
    const server = fleet.get(channel.topic.id);
    if (!server) return undefined;
    const slots = server.slots();
    const withSeries = isWhole || channel.seriesVersion !== server.seriesVersion;
    if (!isWhole) channel.seriesVersion = server.seriesVersion;
    const state: ServerState = {
      at: server.newestAt,
      ...(withSeries ? { series: slots.map(({ metric, labels }) => ({ metric, labels })) } : {}),
      values: slots.map(({ value, at }) =>
        Number.isNaN(value) || server.newestAt - at > STALE_VALUE_MS ? null : value,
      ),
      server: fleet.view(channel.topic.id),
      focused: links.isConnected(channel.topic.id),
    };
    return stateText(channel.topic.name, state);
  }

  #renewFocus(channel: Channel): void {
    if (this.#channels.get(channel.topic.name) !== channel) return;
    const { links, clock } = this.#deps;
    // A server that is away or cannot focus simply goes on at its own pace.
    links
      .call(channel.topic.id, "focus", { forMs: FOCUS_LEASE_MS }, AbortSignal.timeout(FOCUS_RENEW_MS))
      .catch(() => undefined);
    clock.after(FOCUS_RENEW_MS, () => this.#renewFocus(channel));
  }

  async #pollProcesses(channel: Channel): Promise<void> {
    if (this.#channels.get(channel.topic.name) !== channel || channel.isBusy) return;
    channel.isBusy = true;
    try {
      channel.processes = (await this.#deps.links.call(
        channel.topic.id,
        "processes.list",
        { limit: PROCESSES_LIMIT },
        AbortSignal.timeout(PROCESSES_EVERY_MS * 3),
      )) as Processes;
      await this.#tellWhole(channel);
    } catch (error) {
      const { code, message } = error instanceof MusterError ? error : new MusterError("INTERNAL", {}, error);
      for (const client of channel.clients) client.send({ t: "refused", topic: channel.topic.name, code, message });
    } finally {
      channel.isBusy = false;
      this.#deps.clock.after(PROCESSES_EVERY_MS, () => void this.#pollProcesses(channel));
    }
  }
}

/** A value this much older than the newest reading is of something that went away, not of now. */
const STALE_VALUE_MS = 120_000;

const stateText = (topic: string, state: Extract<LiveServerMessage, { t: "state" }>["state"]): string =>
  JSON.stringify({ t: "state", topic, state } satisfies LiveServerMessage);
