import { backoffMs } from "@muster/core";
import type { BackoffConfig, Cancellable, Clock, Random } from "@muster/core";
import type { LiveClientMessage, LiveServerMessage, LiveStates, LiveTopicKind } from "@muster/protocol";
import { Observable } from "../browser/observable.ts";
import type { LinkState } from "./link-state.ts";
import { LogStreams } from "./log-streams.ts";
import type { LogListener, LogStream } from "./log-streams.ts";
import type { Socket } from "./socket.ts";

/** What speaks of everything, or a kind and the id it speaks of. */
export type Topic<K extends LiveTopicKind> = K extends
  | "fleet"
  | "services"
  | "probes"
  | "incidents"
  | "tasks"
  | "actions"
  ? K
  : `${K}/${string}`;

/** Full jitter keeps a thousand tabs from coming back at once; a person waits, so the cap is short. */
const RETRY: BackoffConfig = { firstMs: 1_000, factor: 2, capMs: 15_000, floorMs: 300 };

/** A hub that was heard at nothing for so long is asked whether it is there, because a cut line closes no socket. */
const SILENCE_MS = 20_000;

export interface LiveDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly openSocket: () => Socket;
  /** The session's token for the first message; undefined when nobody is signed in. */
  readonly csrf: () => string | undefined;
  /** Asks the hub by HTTP: resolves when it answers and the session lives, throws otherwise. */
  readonly probe: () => Promise<void>;
}

interface Listener {
  readonly onState: (state: LiveStates[LiveTopicKind]) => void;
  readonly onRefused: ((code: string, message: string) => void) | undefined;
}

/** One socket for the whole page. Topics are counted: the first listener subscribes, the last one leaves. */
export class LiveConnection {
  readonly state = new Observable<LinkState>({ is: "closed" });
  /** Counts up at each welcome, so that charts fetch what they missed. */
  readonly welcomes = new Observable(0);
  /** The hub's clock minus this browser's. */
  readonly clockOffsetMs = new Observable(0);
  readonly #deps: LiveDeps;
  readonly #topics = new Map<string, Set<Listener>>();
  readonly #logs = new LogStreams(
    (message) => this.#send(message),
    () => this.state.get().is === "open",
  );
  #socket: Socket | undefined;
  #timer: Cancellable | undefined;
  #watch: Cancellable | undefined;
  #heardAt = 0;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /** Connects and stays connected until `stop`. */
  start(): void {
    if (this.state.get().is === "closed") this.#connect(0);
  }

  stop(): void {
    this.state.set({ is: "closed" });
    this.#timer?.cancel();
    this.#drop();
  }

  /** Tries at once instead of at the planned time: the person asked, or the network came back. */
  retryNow(): void {
    if (this.state.get().is !== "waiting") return;
    this.#timer?.cancel();
    this.#connect(0);
  }

  /** Calls `onState` with each state of the topic, synchronously as it arrives. Returns how to leave. */
  listen<K extends LiveTopicKind>(
    topic: Topic<K>,
    onState: (state: LiveStates[K]) => void,
    onRefused?: (code: string, message: string) => void,
  ): () => void {
    const listener: Listener = { onState: onState as Listener["onState"], onRefused };
    const listeners = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, listeners.add(listener));
    // A second listener needs a first state too; the hub answers every subscribe with one.
    if (this.state.get().is === "open") this.#send({ t: "subscribe", topic });
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#topics.get(topic) !== listeners) return;
      this.#topics.delete(topic);
      if (this.state.get().is === "open") this.#send({ t: "unsubscribe", topic });
    };
  }

  /** Follows logs until it is closed; after a lost connection they are asked for anew. */
  openLogs(listener: LogListener): LogStream {
    return this.#logs.open(listener);
  }

  #connect(attempt: number): void {
    const csrf = this.#deps.csrf();
    if (csrf === undefined) return this.stop();
    this.state.set({ is: "connecting", attempt });
    const socket = this.#deps.openSocket();
    this.#socket = socket;
    socket.onopen = () => {
      this.state.set({ is: "greeting", attempt });
      this.#send({ t: "hello", csrf });
    };
    socket.onmessage = (event) => this.#hear(String(event.data));
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      const was = this.state.get();
      this.#drop();
      this.#wait(was.is === "open" ? 0 : attempt + 1);
    };
  }

  #wait(attempt: number): void {
    const { clock, random, probe } = this.#deps;
    const delayMs = backoffMs(RETRY, attempt, random);
    this.state.set({ is: "waiting", attempt, retryAt: clock.now() + delayMs });
    this.#timer = clock.after(delayMs, () => {
      // A browser does not tell why an upgrade failed, so the session is asked for by HTTP: it may have ended.
      probe().then(
        () => this.state.get().is === "waiting" && this.#connect(attempt),
        () => this.state.get().is === "waiting" && this.#wait(attempt + 1),
      );
    });
  }

  #hear(text: string): void {
    this.#heardAt = this.#deps.clock.monotonic();
    const message = JSON.parse(text) as LiveServerMessage;
    if (message.t === "welcome") {
      const now = this.#deps.clock.now();
      this.clockOffsetMs.set(message.now - now);
      this.state.set({ is: "open", since: now });
      for (const topic of this.#topics.keys()) this.#send({ t: "subscribe", topic });
      this.#logs.openAll();
      this.#watchSilence();
      this.welcomes.set(this.welcomes.get() + 1);
      return;
    }
    if (message.t === "logs" || message.t === "logs-end") return this.#logs.hear(message);
    for (const listener of this.#topics.get(message.topic) ?? []) {
      if (message.t === "state") listener.onState(message.state);
      else listener.onRefused?.(message.code, message.message);
    }
  }

  #watchSilence(): void {
    const { clock, probe } = this.#deps;
    this.#watch?.cancel();
    this.#watch = clock.after(SILENCE_MS, () => {
      const socket = this.#socket;
      if (!socket) return;
      if (clock.monotonic() - this.#heardAt < SILENCE_MS) return this.#watchSilence();
      probe().then(
        () => this.#socket === socket && this.#watchSilence(),
        () => {
          if (this.#socket !== socket) return;
          this.#drop();
          this.#wait(0);
        },
      );
    });
  }

  #send(message: LiveClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #drop(): void {
    this.#watch?.cancel();
    this.#watch = undefined;
    this.#logs.lose();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
