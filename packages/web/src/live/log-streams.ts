import type { LiveClientMessage, LiveServerMessage, LogItemView } from "@muster/protocol";

/** What of which logs is to be followed. */
export type LogRequest = Omit<Extract<LiveClientMessage, { t: "open-logs" }>, "t" | "id">;

/** Whoever follows logs. Everything is called in the order in which it arrives. */
export interface LogListener {
  /** Asked for at each opening, so that after a lost connection it goes on where it was. */
  readonly request: () => LogRequest;
  /** It was asked for, at first or anew. */
  readonly onOpened: () => void;
  readonly onItems: (items: readonly LogItemView[]) => void;
  /** One source, by its place in the request, or with null all of it has ended. */
  readonly onEnd: (source: number | null, error: string) => void;
}

export interface LogStream {
  /** So many lines were taken in; as many more may come. */
  readonly more: (items: number) => void;
  readonly close: () => void;
}

/** The logs that are followed over one connection, each under a number that is another at each opening. */
export class LogStreams {
  /** Null while there is no connection. */
  readonly #ids = new Map<LogListener, number | null>();
  readonly #send: (message: LiveClientMessage) => void;
  readonly #isOpen: () => boolean;
  #lastId = 0;

  constructor(send: (message: LiveClientMessage) => void, isOpen: () => boolean) {
    this.#send = send;
    this.#isOpen = isOpen;
  }

  open(listener: LogListener): LogStream {
    this.#ids.set(listener, null);
    if (this.#isOpen()) this.#ask(listener);
    const tell = (make: (id: number) => LiveClientMessage): void => {
      const id = this.#ids.get(listener);
      if (typeof id === "number" && this.#isOpen()) this.#send(make(id));
    };
    return {
      more: (items) => tell((id) => ({ t: "more-logs", id, items })),
      close: () => {
        tell((id) => ({ t: "close-logs", id }));
        this.#ids.delete(listener);
      },
    };
  }

  /** A new connection is there: everything is asked for anew. */
  openAll(): void {
    for (const listener of this.#ids.keys()) this.#ask(listener);
  }

  /** The connection is gone. */
  lose(): void {
    for (const listener of this.#ids.keys()) this.#ids.set(listener, null);
  }

  hear(message: Extract<LiveServerMessage, { t: "logs" | "logs-end" }>): void {
    for (const [listener, id] of this.#ids) {
      if (id !== message.id) continue;
      if (message.t === "logs") listener.onItems(message.items);
      else listener.onEnd(message.source, message.error);
    }
  }

  #ask(listener: LogListener): void {
    const id = ++this.#lastId;
    this.#ids.set(listener, id);
    listener.onOpened();
    this.#send({ t: "open-logs", id, ...listener.request() });
  }
}
