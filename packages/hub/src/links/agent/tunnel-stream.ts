import { Duplex } from "node:stream";
import { TUNNEL_LIMITS } from "@muster/protocol";
import type { OpenTunnel } from "./open-streams.ts";

/** A tunnel as any program takes a connection. Destroying it ends the connection on the server. */
export class TunnelStream extends Duplex {
  readonly #tunnel: OpenTunnel;
  readonly #leave: () => void;
  #isPulling = false;

  /** `leave` ends what `items` waits for. */
  constructor(tunnel: OpenTunnel, leave: () => void) {
    super({ allowHalfOpen: false });
    this.#tunnel = tunnel;
    this.#leave = leave;
  }

  override _read(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    this.#tunnel.items.next().then(
      ({ done, value }) => {
        this.#isPulling = false;
        if (done === true) this.push(null);
        else if ("data" in value) this.push(Buffer.from(value.data, "base64"));
        else this.destroy(new Error("a tunnel said what it may say at its beginning only"));
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let from = 0; from < chunk.length; from += TUNNEL_LIMITS.dataBytesMax)
      this.#tunnel.say(chunk.subarray(from, from + TUNNEL_LIMITS.dataBytesMax).toString("base64"));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#leave();
    void this.#tunnel.items.return().catch(() => undefined);
    done(error);
  }
}
