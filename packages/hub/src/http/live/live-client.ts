import { authorize, MusterError, takeToken } from "@muster/core";
import type { Actor, Bucket, Clock, Right } from "@muster/core";
import { LIVE_TOPICS, LIVE_TOPICS_MAX, liveClientMessage } from "@muster/protocol";
import type { LiveServerMessage, LiveTopicKind } from "@muster/protocol";
import type { WebSocket } from "ws";
import { isCsrfTokenRight } from "../doors.ts";
import type { LogMessage } from "./log-desk.ts";
import { LIVE_BUFFERED_BYTES_MAX, LIVE_MESSAGES, LIVE_SLOW_CLOSE_MS } from "../limits.ts";

export const LIVE_CLOSE = { protocol: 4400, signedOut: 4401, flooding: 1008, slow: 1013, restarting: 1012 } as const;

export interface Topic {
  readonly name: string;
  readonly kind: LiveTopicKind;
  /** The id after the slash; "" for topics without one. */
  readonly id: string;
}

const TOPIC_ID = /^[0-9a-f-]{8,64}$/;
/** Topics of which there is one; all others have an id after a slash. */
const SINGLE = new Set<string>(["fleet", "services", "actions"] satisfies LiveTopicKind[]);

export function parseTopic(name: string): Topic | undefined {
  const [kind = "", id = "", ...more] = name.split("/");
  if (!Object.hasOwn(LIVE_TOPICS, kind) || more.length > 0) return undefined;
  if (SINGLE.has(kind) ? name !== kind : !TOPIC_ID.test(id)) return undefined;
  return { name, kind: kind as LiveTopicKind, id };
}

export interface LiveClientOwner {
  /** Throws NOT_FOUND when the topic's object is not there for this actor. */
  subscribe(client: LiveClient, topic: Topic): Promise<void>;
  unsubscribe(client: LiveClient, topic: Topic): void;
  takeLogs(client: LiveClient, message: LogMessage): void;
  ended(client: LiveClient): void;
}

/** One browser's socket. It holds no backlog: what it cannot take now it gets as a fresh snapshot later. */
export class LiveClient {
  actor: Extract<Actor, { kind: "session" }>;
  readonly address: string;
  readonly topics = new Map<string, Topic>();
  /** Topics whose next message must be whole, because one was left out. */
  readonly behind = new Set<string>();
  readonly #socket: WebSocket;
  readonly #cookie: string;
  readonly #owner: LiveClientOwner;
  readonly #clock: Clock;
  #isGreeted = false;
  #isEnded = false;
  #slowSinceMono: number | undefined;
  #isPingOut = false;
  #messages: Bucket | undefined;

  constructor(
    socket: WebSocket,
    who: { readonly actor: Extract<Actor, { kind: "session" }>; readonly cookie: string; readonly address: string },
    deps: { readonly owner: LiveClientOwner; readonly clock: Clock },
  ) {
    this.#socket = socket;
    this.actor = who.actor;
    this.#cookie = who.cookie;
    this.address = who.address;
    this.#owner = deps.owner;
    this.#clock = deps.clock;
    socket.on("message", (message: Buffer, isBinary: boolean) => void this.#take(message, isBinary));
    socket.on("pong", () => (this.#isPingOut = false));
    socket.on("error", () => undefined);
    socket.on("close", () => this.#end());
  }

  async #take(message: Buffer, isBinary: boolean): Promise<void> {
    // What still arrives while the socket closes must not take anything up again.
    if (this.#isEnded) return;
    this.#isPingOut = false;
    // Subscribing builds a whole snapshot, so somebody who does it in a circle would keep the hub busy.
    const verdict = takeToken(LIVE_MESSAGES, this.#messages, this.#clock.monotonic());
    this.#messages = verdict.bucket;
    if (!verdict.ok) return this.close(LIVE_CLOSE.flooding, "too many messages");
    const parsed = isBinary ? undefined : liveClientMessage.safeParse(tryJson(message.toString("utf8")));
    if (!parsed?.success) return this.close(LIVE_CLOSE.protocol, "a message has a wrong form");
    const { data } = parsed;
    if (data.t === "hello") {
      if (!isCsrfTokenRight(data.csrf, this.#cookie))
        return this.close(LIVE_CLOSE.signedOut, "the session's token is wrong");
      this.#isGreeted = true;
      return this.send({ t: "welcome", now: this.#clock.now(), version: "1" });
    }
    if (!this.#isGreeted) return this.close(LIVE_CLOSE.protocol, "the first message must be hello");
    if (data.t !== "subscribe" && data.t !== "unsubscribe") return this.#owner.takeLogs(this, data);
    const topic = parseTopic(data.topic);
    if (!topic) return this.#refuse(data.topic, new MusterError("NOT_FOUND"));
    if (data.t === "unsubscribe") {
      this.topics.delete(topic.name);
      return this.#owner.unsubscribe(this, topic);
    }
    if (this.topics.size >= LIVE_TOPICS_MAX && !this.topics.has(topic.name))
      return this.#refuse(topic.name, new MusterError("RATE_LIMITED"));
    if (!this.may(topic)) return this.#refuse(topic.name, new MusterError("FORBIDDEN"));
    try {
      this.topics.set(topic.name, topic);
      await this.#owner.subscribe(this, topic);
    } catch (error) {
      this.topics.delete(topic.name);
      this.#owner.unsubscribe(this, topic);
      this.#refuse(topic.name, error instanceof MusterError ? error : new MusterError("INTERNAL", {}, error));
    }
  }

  /** Whether the actor, as it is now, may see this topic. Asked before every message. */
  may(topic: Topic): boolean {
    const right: Right = LIVE_TOPICS[topic.kind];
    return authorize(this.actor, right, this.#clock.now()).allow;
  }

  #refuse(topic: string, error: MusterError): void {
    this.send({ t: "refused", topic: topic.slice(0, 128), code: error.code, message: error.message });
  }

  send(message: LiveServerMessage): void {
    this.sendText(JSON.stringify(message));
  }

  /** False when the client reads too slowly and the message was left out. */
  sendText(text: string): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return true;
    if (this.#socket.bufferedAmount > LIVE_BUFFERED_BYTES_MAX) {
      this.#slowSinceMono ??= this.#clock.monotonic();
      if (this.#clock.monotonic() - this.#slowSinceMono > LIVE_SLOW_CLOSE_MS)
        this.close(LIVE_CLOSE.slow, "this page reads too slowly");
      return false;
    }
    this.#slowSinceMono = undefined;
    this.#socket.send(text);
    return true;
  }

  /** Pings; a client that did not answer the last one is gone. */
  keepAlive(): void {
    if (this.#isPingOut) return this.#socket.terminate();
    this.#isPingOut = true;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#clock.after(2_000, () => this.#socket.terminate());
    this.#end();
  }

  #end(): void {
    this.#isEnded = true;
    this.#owner.ended(this);
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
