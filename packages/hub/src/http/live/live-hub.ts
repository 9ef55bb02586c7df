import { MusterError } from "@muster/core";
import type { Actor, Cancellable, Clock, Logger } from "@muster/core";
import { LIVE_MIN_GAP_MS } from "@muster/protocol";
import type { WebSocket } from "ws";
import type { AccessEvents } from "../../access/access-events.ts";
import type { SessionStore } from "../../access/sessions.ts";
import { LIVE_SOCKETS_PER_ADDRESS_MAX, LIVE_SOCKETS_PER_USER_MAX } from "../limits.ts";
import { LiveClient } from "./live-client.ts";
import type { LiveClientOwner, Topic } from "./live-client.ts";
import { LIVE_CLOSE } from "./paced-socket.ts";
import type { TopicSources, TopicTeller } from "./topics/topic-source.ts";
import type { LogDesk, LogMessage } from "./log-desk.ts";

export interface LiveHubDeps {
  readonly topics: TopicSources;
  readonly sessions: SessionStore;
  readonly events: AccessEvents;
  readonly logs: LogDesk;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Everybody who looks at one topic, and when it was last told. */
interface Channel {
  readonly topic: Topic;
  readonly teller: TopicTeller<unknown>;
  readonly clients: Set<LiveClient>;
  readonly ending: AbortController;
  toldMono: number;
  planned: Cancellable | undefined;
}

/** Tells browsers the newest state of what they look at: at most once a second a topic, written out once for all of them. */
export class LiveHub implements LiveClientOwner {
  readonly #deps: LiveHubDeps;
  readonly #clients = new Set<LiveClient>();
  readonly #channels = new Map<string, Channel>();
  constructor(deps: LiveHubDeps) {
    this.#deps = deps;
    deps.events.listen((change) => {
      for (const client of this.#clients) {
        const isMeant =
          change.is === "session-ended"
            ? client.actor.sessionId === change.sessionId
            : change.is === "user-changed" && client.actor.user.id === change.userId;
        if (isMeant) this.#recheck(client);
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
    this.#recheck(client);
  }

  async subscribe(client: LiveClient, topic: Topic): Promise<void> {
    const source = this.#deps.topics[topic.kind];
    if ((await source.exists?.(topic.id)) === false) throw new MusterError("NOT_FOUND");
    if (!client.topics.has(topic.name)) return;
    const channel = this.#channels.get(topic.name) ?? this.#open(topic);
    channel.clients.add(client);
    const whole = await this.#whole(channel);
    // Left out now, it must come whole later: a change alone would be told to somebody who knows nothing yet.
    if (whole !== undefined && !client.sendText(whole)) client.behind.add(topic.name);
  }

  #open(topic: Topic): Channel {
    const { name } = topic;
    const ending = new AbortController();
    const clients = new Set<LiveClient>();
    const teller: TopicTeller<unknown> = this.#deps.topics[topic.kind].open({
      id: topic.id,
      plan: () => this.#plan(name),
      refuse: (thrown) => this.#refuse({ topic, clients }, thrown),
      signal: ending.signal,
    });
    const channel = { topic, teller, clients, ending, toldMono: -Infinity, planned: undefined };
    this.#channels.set(name, channel);
    return channel;
  }

  unsubscribe(client: LiveClient, topic: Topic): void {
    const channel = this.#channels.get(topic.name);
    if (!channel) return;
    channel.clients.delete(client);
    if (channel.clients.size > 0) return;
    channel.planned?.cancel();
    channel.ending.abort();
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
  keepAlive(): void {
    for (const client of this.#clients) {
      client.keepAlive();
      this.#recheck(client);
    }
  }

  closeAll(): void {
    for (const client of this.#clients) client.close(LIVE_CLOSE.restarting, "the hub is stopping");
  }

  /** The client's rights as they are now; without a session the socket ends. */
  #recheck(client: LiveClient): void {
    const { sessions, logs, log } = this.#deps;
    sessions.actorByHash(client.actor.sessionId, false).then(
      (actor) => {
        if (actor === undefined) return client.close(LIVE_CLOSE.signedOut, "signed out");
        client.actor = actor;
        logs.recheck(client);
      },
      (error: unknown) => {
        // Rights that cannot be read are none; the page tries again.
        log.warn("the session of a live connection could not be read", { error });
        client.close(LIVE_CLOSE.restarting, "the session could not be read");
      },
    );
  }

  /** Says to everybody who looks at a topic that it cannot be told now. */
  #refuse({ topic, clients }: Pick<Channel, "topic" | "clients">, thrown: unknown): void {
    const { code, message } = thrown instanceof MusterError ? thrown : new MusterError("INTERNAL", {}, thrown);
    if (code === "INTERNAL")
      this.#deps.log.warn("a live topic could not be told", { topic: topic.name, error: thrown });
    for (const client of clients) client.send({ t: "refused", topic: topic.name, code, message });
  }

  /** Tells a topic as soon as its gap allows. */
  #plan(name: string): void {
    const channel = this.#channels.get(name);
    if (!channel || channel.planned) return;
    const waitMs = Math.max(0, channel.toldMono + LIVE_MIN_GAP_MS - this.#deps.clock.monotonic());
    if (waitMs === 0 && this.#deps.topics[channel.topic.kind].isUrgent) return this.#tell(channel);
    channel.planned = this.#deps.clock.after(waitMs, () => {
      channel.planned = undefined;
      this.#tell(channel);
    });
  }

  #tell(channel: Channel): void {
    channel.toldMono = this.#deps.clock.monotonic();
    const { change } = channel.teller;
    if (change) return this.#tellAll(channel, stateText(channel, change()));
    this.#whole(channel).then(
      (text) => this.#tellAll(channel, text),
      (error: unknown) => this.#refuse(channel, error),
    );
  }

  #tellAll(channel: Channel, text: string | undefined): void {
    if (text !== undefined) for (const client of channel.clients) this.#sendOrMark(client, channel, text);
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
      this.#whole(channel).then(
        (whole) => {
          if (whole !== undefined && client.sendText(whole)) client.behind.delete(topic.name);
        },
        (error: unknown) => this.#refuse({ topic, clients: new Set([client]) }, error),
      );
    } else if (!client.sendText(text)) client.behind.add(topic.name);
  }

  async #whole(channel: Channel): Promise<string | undefined> {
    return stateText(channel, await channel.teller.whole());
  }
}

/** Written out once for everybody who looks. */
const stateText = ({ topic }: Channel, state: unknown): string | undefined =>
  state === undefined ? undefined : JSON.stringify({ t: "state", topic: topic.name, state });
