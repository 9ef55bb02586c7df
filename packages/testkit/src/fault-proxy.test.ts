import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { startFaultProxy } from "./fault-proxy.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import { waitFor } from "./wait-for.ts";

/** Answers every byte with the same byte. */
async function startEcho(): Promise<{ host: string; port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

interface Client extends Disposable {
  readonly socket: Socket;
  received(): string;
  closed(): boolean;
}

async function dial(proxy: FaultProxy): Promise<Client> {
  const socket = connect(proxy.port, proxy.host);
  let received = "";
  let closed = false;
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  socket.on("close", () => (closed = true));
  await once(socket, "connect");
  return { socket, received: () => received, closed: () => closed, [Symbol.dispose]: () => socket.destroy() };
}

describe("startFaultProxy", () => {
  test("a sound line carries bytes both ways and closes with its ends", async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    using client = await dial(proxy);
    client.socket.write("hello");
    await waitFor(() => client.received() === "hello", { describe: "the echo" });
    expect(proxy.connections).toBe(1);
    expect(proxy.forwardedBytes).toBe(10);
    client.socket.end();
    await waitFor(() => client.closed() && proxy.connections === 0, { describe: "both ends closed" });
  });

  test("a delay holds every piece back and keeps the order", async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    using client = await dial(proxy);
    proxy.setFault({ is: "delay", delayMs: 60 });
    const startedMs = performance.now();
    client.socket.write("a");
    client.socket.write("b");
    await waitFor(() => client.received() === "ab", { describe: "the echo" });
    expect(performance.now() - startedMs).toBeGreaterThan(110);
  });

  test("a black hole keeps everything open and silent; healed, nothing was lost", async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    using client = await dial(proxy);
    await waitFor(() => proxy.connections === 1, { describe: "the connection" });
    proxy.setFault({ is: "black-hole" });
    using late = await dial(proxy);
    client.socket.write("one");
    late.socket.write("two");
    // That nothing comes can only be seen by looking for a while.
    await expect(
      waitFor(() => client.received() + late.received(), { timeoutMs: 150, describe: "silence" }),
    ).rejects.toThrow("not within");
    expect(client.closed() || late.closed()).toBe(false);
    proxy.setFault({ is: "none" });
    await waitFor(() => client.received() === "one" && late.received() === "two", { describe: "what was held back" });
  });

  test("a cut resets what is open and refuses what is new, until it is healed", async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    using client = await dial(proxy);
    await waitFor(() => proxy.connections === 1, { describe: "the connection" });
    proxy.setFault({ is: "cut" });
    await waitFor(() => client.closed(), { describe: "the reset" });
    const late = connect(proxy.port, proxy.host).on("error", () => undefined);
    await waitFor(() => late.destroyed, { describe: "the refusal" });
    proxy.setFault({ is: "none" });
    using healed = await dial(proxy);
    healed.socket.write("x");
    await waitFor(() => healed.received() === "x", { describe: "the echo after healing" });
  });

  test("a line cut after some bytes carries exactly those", async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    using client = await dial(proxy);
    client.socket.write("warm");
    await waitFor(() => client.received() === "warm", { describe: "the echo" });
    proxy.setFault({ is: "cut-after", bytes: 10 });
    client.socket.write("1234567");
    await waitFor(() => client.closed(), { describe: "the cut" });
    expect(proxy.forwardedBytes).toBe(8 + 10);
    expect(client.received()).toBe("warm123");
  });

  test("dropped connections are reset, and the next one works", async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    using client = await dial(proxy);
    await waitFor(() => proxy.connections === 1, { describe: "the connection" });
    proxy.dropConnections();
    await waitFor(() => client.closed(), { describe: "the reset" });
    using next = await dial(proxy);
    next.socket.write("y");
    await waitFor(() => next.received() === "y", { describe: "the echo" });
  });
});
