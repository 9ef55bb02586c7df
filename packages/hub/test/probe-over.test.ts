import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { needs, startAuthority, startSshd } from "@muster/testkit";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { look as lookBy, wayThere } from "./probe-fixture.ts";

const describeOver = await needs("openssl", "root", "sshd");

const look = (kind: "ssh" | "tls" | "websocket" | "http", settings: object) =>
  lookBy(kind, { ...settings }, { way: wayThere() });

describeOver("by way of another machine", () => {
  test("a host key, a certificate, a page and a WebSocket over TLS are seen", async () => {
    await using sshd = await startSshd();
    const fingerprint = await sshd.fingerprint("ed25519");
    const host = "127.0.0.1";
    expect(await look("ssh", { host, port: sshd.port, fingerprint })).toMatchObject({ health: "healthy" });

    await using authority = await startAuthority();
    const { certificate, key } = await authority.issue(["IP:127.0.0.1"]);
    const server = createServer({ cert: await readFile(certificate), key: await readFile(key) }, (_request, response) =>
      response.end("hello"),
    );
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("error", () => undefined).send("welcome"));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    const { ca } = authority;
    try {
      expect(await look("tls", { host, port, ca })).toMatchObject({ health: "healthy" });
      expect(await look("http", { url: `https://${host}:${port}/`, ca, text: "hello" })).toMatchObject({
        health: "healthy",
      });
      expect(await look("websocket", { url: `wss://${host}:${port}/`, ca, text: "welcome" })).toMatchObject({
        health: "healthy",
      });
    } finally {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
