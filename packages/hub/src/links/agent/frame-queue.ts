import { AGENT_LIMITS } from "@muster/protocol";
import type { WebSocket } from "ws";

/** Frames received and not yet taken: beyond this the socket is read no further, so that a flood waits in the sender. */
const WAITING_BYTES_PAUSE = 2 * AGENT_LIMITS.frameBytesMax;
const WAITING_BYTES_RESUME = AGENT_LIMITS.frameBytesMax / 4;
/** What a waiting frame costs beside its bytes. */
const WAITING_FRAME_BYTES = 256;

export interface FrameQueueDeps {
  readonly socket: Pick<WebSocket, "pause" | "resume">;
  readonly take: (message: Buffer, isBinary: boolean) => Promise<void> | undefined;
  /** What `take` threw. */
  readonly failed: (error: unknown) => void;
}

/** The messages of one connection, taken one after another: a proof being checked must not be overtaken. */
export class FrameQueue {
  readonly #deps: FrameQueueDeps;
  #last: Promise<void> = Promise.resolve();
  #waitingBytes = 0;
  #isFull = false;
  /** Who wants the socket not to be read: this queue, the disk. */
  #pauseCount = 0;

  constructor(deps: FrameQueueDeps) {
    this.#deps = deps;
  }

  get isPaused(): boolean {
    return this.#pauseCount > 0;
  }

  push(message: Buffer, isBinary: boolean): void {
    const costBytes = message.length + WAITING_FRAME_BYTES;
    this.#waitingBytes += costBytes;
    if (!this.#isFull && this.#waitingBytes > WAITING_BYTES_PAUSE) {
      this.#isFull = true;
      this.pause();
    }
    this.#last = this.#last
      .then(() => this.#deps.take(message, isBinary))
      .catch((error: unknown) => this.#deps.failed(error))
      .finally(() => {
        this.#waitingBytes -= costBytes;
        if (!this.#isFull || this.#waitingBytes > WAITING_BYTES_RESUME) return;
        this.#isFull = false;
        this.resume();
      });
  }

  /** The socket is read no further until as many calls of `resume` came. */
  pause(): void {
    if (this.#pauseCount++ === 0) this.#deps.socket.pause();
  }

  resume(): void {
    if (--this.#pauseCount === 0) this.#deps.socket.resume();
  }
}
