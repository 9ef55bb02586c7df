import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { duplexPair } from "node:stream";
import { needs, startAuthority, startSshd } from "@muster/testkit";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { Egress, systemClock } from "@muster/node-kit";
import { createProbe } from "../src/probes/catalog.ts";
import { wayOf, WayDown } from "../src/probes/ways.ts";
import { noProgram, settingsWith } from "./probe-fixture.ts";

const describeOver = await needs("openssl", "root", "sshd");

/** A way by another machine: its streams are no sockets of this one. */
const way = wayOf(
  {
    egress: new Egress({ clock: systemClock }),
    program: noProgram,
    over: () =>
      Promise.resolve((host, port) => {
        const [ours, theirs] = duplexPair();
        const socket = connect(port, host);
        socket.on("error", () => void theirs.destroy()).on("close", () => void theirs.destroy());
        theirs.on("error", () => undefined).on("close", () => void socket.destroy());
        ours.on("close", () => void theirs.destroy());
        theirs.pipe(socket).pipe(theirs);
        return Promise.resolve(ours);
      }),
  },
  "a-server",
  undefined,
);
const look = (kind: "ssh" | "tls" | "websocket" | "dns" | "http", settings: object) =>
  createProbe(kind, settingsWith(kind, { ...settings }), {
    ...{ clock: systemClock, secret: undefined, way },
    heard: () => ({ ended: null, started: null, since: 0 }),
  }).run(AbortSignal.timeout(5_000));

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

  test("what needs more than connections is not asked", async () => {
    await expect(look("dns", { name: "a.example", server: "127.0.0.1" })).rejects.toThrow(WayDown);
  });
});
