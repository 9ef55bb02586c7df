import { createServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** What is wrong with the line at the moment. */
export type LineFault =
  | { readonly is: "none" }
  /** Every piece arrives this much later, in order. */
  | { readonly is: "delay"; readonly delayMs: number }
  /** Nothing moves and nobody is told: connections stay open, new ones are accepted and hang. A partition. */
  | { readonly is: "black-hole" }
  /** Open connections are reset and new ones closed at once. */
  | { readonly is: "cut" }
  /** After so many more bytes, both ways counted together, the connections are reset, in the middle of a message. */
  | { readonly is: "cut-after"; readonly bytes: number };

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Open client connections. */
  readonly connections: number;
  /** Bytes that came through since the start, both ways. */
  readonly forwardedBytes: number;
  setFault(fault: LineFault): void;
  /** Resets what is open; new connections work, unless the fault says otherwise. */
  dropConnections(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** A TCP relay on loopback that can be made slow, deaf or broken while both ends believe in it. */
export async function startFaultProxy(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
  let fault: LineFault = { is: "none" };
  let bytesLeft = Number.POSITIVE_INFINITY;
  let forwardedBytes = 0;
  const pairs = new Set<Pair>();
  const timers = new Set<NodeJS.Timeout>();

  const drop = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.upstream.resetAndDestroy();
  };
  const dropConnections = (): void => {
    for (const pair of [...pairs]) drop(pair);
  };

  const forward = (pair: Pair, to: Socket, chunk: Buffer): void => {
    if (to.destroyed || to.writableEnded) return;
    const passed = chunk.subarray(0, Math.max(0, Math.min(chunk.length, bytesLeft)));
    bytesLeft -= chunk.length;
    forwardedBytes += passed.length;
    if (bytesLeft >= 0) {
      to.write(passed);
      return;
    }
    // The part that fitted has to leave before the reset, or the peer would see less than was allowed.
    to.write(passed, () => drop(pair));
  };
  /** Runs at once, or later on a slow line; what is asked first happens first, as timers of equal length keep order. */
  const onTheLine = (act: () => void): void => {
    if (fault.is !== "delay") return act();
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, fault.delayMs);
    timers.add(timer);
  };

  const relay = (pair: Pair, from: Socket, to: Socket): void => {
    from.on("data", (chunk: Buffer) => onTheLine(() => forward(pair, to, chunk)));
    from.on("end", () => onTheLine(() => to.end()));
    from.on("error", () => drop(pair));
    from.on("close", () => {
      pairs.delete(pair);
      onTheLine(() => to.destroy());
    });
    if (fault.is === "black-hole") from.pause();
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (fault.is === "cut") {
      client.on("error", () => undefined);
      client.resetAndDestroy();
      return;
    }
    const pair: Pair = { client, upstream: connect({ ...target, allowHalfOpen: true }) };
    pairs.add(pair);
    relay(pair, client, pair.upstream);
    relay(pair, pair.upstream, client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });

  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    dropConnections();
    await closed;
  };

  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    get forwardedBytes() {
      return forwardedBytes;
    },
    setFault(next) {
      fault = next;
      bytesLeft = next.is === "cut-after" ? next.bytes : Number.POSITIVE_INFINITY;
      for (const pair of pairs) {
        for (const socket of [pair.client, pair.upstream]) {
          if (next.is === "black-hole") socket.pause();
          else socket.resume();
        }
      }
      if (next.is === "cut") dropConnections();
    },
    dropConnections,
    close,
    [Symbol.asyncDispose]: close,
  };
}
