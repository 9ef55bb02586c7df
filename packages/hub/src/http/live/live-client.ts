import { authorize, MusterError } from "@muster/core";
import type { Actor, Clock, Right } from "@muster/core";
import { LIVE_TOPICS, LIVE_TOPICS_MAX, liveClientMessage } from "@muster/protocol";
import type { LiveServerMessage, LiveTopicKind } from "@muster/protocol";
import type { WebSocket } from "ws";
import { isCsrfTokenRight } from "../doors.ts";
import type { LogMessage } from "./log-desk.ts";
import { LIVE_CLOSE, PacedSocket } from "./paced-socket.ts";

export interface Topic {
  readonly name: string;
  readonly kind: LiveTopicKind;
  /** The id after the slash; "" for topics without one. */
  readonly id: string;
}

const TOPIC_ID = /^[0-9a-f-]{8,64}$/;
/** Topics of which there is one; all others have an id after a slash. */
const SINGLE = new Set<string>([
  "fleet",
  "services",
  "probes",
  "incidents",
  "tasks",
  "rollouts",
  "actions",
] satisfies LiveTopicKind[]);

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
  readonly #socket: PacedSocket;
  readonly #cookie: string;
  readonly #owner: LiveClientOwner;
  readonly #clock: Clock;
  #isGreeted = false;

  constructor(
    socket: WebSocket,
    who: { readonly actor: Extract<Actor, { kind: "session" }>; readonly cookie: string; readonly address: string },
    deps: { readonly owner: LiveClientOwner; readonly clock: Clock },
  ) {
    this.actor = who.actor;
    this.#cookie = who.cookie;
    this.address = who.address;
    this.#owner = deps.owner;
    this.#clock = deps.clock;
    this.#socket = new PacedSocket(socket, {
      clock: deps.clock,
      took: (message, isBinary) => void this.#take(message, isBinary),
      ended: () => this.#owner.ended(this),
    });
  }

  async #take(message: Buffer, isBinary: boolean): Promise<void> {
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
    return this.#socket.send(text);
  }

  keepAlive(): void {
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
