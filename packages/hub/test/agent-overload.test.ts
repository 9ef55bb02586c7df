import type { AddressInfo } from "node:net";
import { createServer } from "node:http";
import { connect } from "node:net";
import { systemClock } from "@muster/node-kit";
import { waitFor } from "@muster/testkit";
import { WebSocket, WebSocketServer } from "ws";
import { expect, test } from "vitest";
import { AgentLinks } from "../src/links/agent/agent-links.ts";

test("DS-01 a stranger beyond the limit is sent away with 1013, and nothing that he sends then ends the hub", async () => {
  // Sessions are never made here, so nothing of a session's needs is asked for.
  const links = new AgentLinks({ clock: systemClock } as ConstructorParameters<typeof AgentLinks>[0], {
    intervalMs: () => 5_000,
    unprovedPerAddressMax: 0,
    unprovedMax: 0,
  });
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  let closedCount = 0;
  sockets.on("connection", (socket) => {
    socket.on("close", () => void closedCount++);
    links.accept(socket, "192.0.2.1");
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  try {
    const polite = new WebSocket(`ws://127.0.0.1:${port}`);
    const code = await new Promise((resolve) => polite.once("close", resolve));
    expect(code).toBe(1013);
    // A hostile one answers the close with a frame that is none, and never closes by himself.
    const raw = connect(port, "127.0.0.1");
    raw.on("error", () => undefined);
    raw.write(
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await new Promise((resolve) => raw.once("data", resolve));
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await waitFor(() => closedCount === 2, { describe: "both are gone" });
    raw.destroy();
  } finally {
    sockets.close();
    await new Promise((resolve) => http.close(resolve));
  }
});
