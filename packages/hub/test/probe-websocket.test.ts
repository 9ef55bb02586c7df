import { createServer } from "node:http";
import type { Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { MINUTE_MS } from "@muster/core";
import { FakeClock, needs, startAuthority } from "@muster/testkit";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { WayDown } from "../src/probes/ways.ts";
import { factOf, listen, look, probeOf, sayEndlessly } from "./probe-fixture.ts";

const describeTls = await needs("openssl");

/** An echo with an address that refuses, one that floods and one that asks for a token. */
async function echo(server: Server = createServer()) {
  let asked = 0;
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  server.on("upgrade", (request, socket, head) => {
    asked++;
    const status = request.url === "/refused" ? "403 No" : "401 Who";
    const isOpen = request.url !== "/token" || request.headers.authorization === "Bearer t0ken";
    if (request.url === "/refused" || !isOpen) return socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
    if (request.url === "/at-once") socket.cork();
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on("error", () => undefined);
      opened.on("message", (data) => opened.send(`echo ${(data as Buffer).toString()}`));
      if (request.url === "/at-once") opened.send("hello");
      socket.uncork();
      if (request.url === "/ends") opened.close();
      if (request.url === "/huge") opened.send(Buffer.alloc(4 * 1024 * 1024));
      if (request.url === "/many") for (let count = 0; count < 100; count++) opened.send("x".repeat(30_000));
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ws = (url: string, more: object = {}, timeoutMs = 5_000) => look("websocket", { url, ...more }, { timeoutMs });

test("one that opens is healthy, and answers a message with the text looked for", async () => {
  await using server = await echo();
  const url = `ws://127.0.0.1:${server.port}/`;
  expect(await ws(url)).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^open in \d+ ms$/) });
  const named = await ws(url, { send: "hi", text: "echo hi", subprotocol: "chat.v1", headers: ["X-One: 1"] });
  expect(named).toMatchObject({ health: "healthy" });
  expect(factOf(named, "subprotocol")).toBe("chat.v1");
  expect(await ws(url, { send: "hi", text: "never" }, 300)).toMatchObject({
    health: "unhealthy",
    detail: "the text looked for did not come in time",
  });
  expect(await ws(url, { subprotocol: "a@b" })).toMatchObject({ health: "unknown" });
});

test("a text that comes together with the answer is seen", async () => {
  await using server = await echo();
  const url = `ws://127.0.0.1:${server.port}/at-once`;
  expect(await ws(url, { text: "hello" }, 2_000)).toMatchObject({ health: "healthy" });
});

test("refused, ended and too much are told apart", async () => {
  await using server = await echo();
  const at = (path: string, more: object = {}) => ws(`ws://127.0.0.1:${server.port}${path}`, more);
  expect(await at("/refused")).toMatchObject({ health: "unhealthy", detail: "403 instead of a WebSocket" });
  for (const path of ["/ends", "/huge", "/many"])
    expect(await at(path, { text: "never" })).toMatchObject({ detail: "it ended without the text looked for" });
});

test.each([
  ["silent", "it accepts connections and does not answer in time", 300],
  ["ended", "the connection was ended without an answer", 5_000],
  ["endless headers", "what answers is no WebSocket", 5_000],
  ["no HTTP", "what answers is no WebSocket", 5_000],
  ["a wrong key", "what answers is no WebSocket", 5_000],
  ["an endless page", "200 instead of a WebSocket", 5_000],
])("a sick one: %s", async (how, detail, timeoutMs) => {
  await using server = await listen((socket) => {
    socket.once("data", () => {
      if (how === "ended") socket.end();
      if (how === "no HTTP") socket.write("220 mail.example.org\r\n\r\n");
      if (how === "a wrong key")
        socket.write("HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n");
      if (how === "endless headers" || how === "an endless page") {
        socket.write(`HTTP/1.1 200 x\r\n${how === "an endless page" ? "\r\n" : ""}`);
        sayEndlessly(socket, "x-a: aaaaaaaaaaaaaaaaaaa\r\n");
      }
    });
  });
  expect(await ws(`ws://127.0.0.1:${server.port}/`, {}, timeoutMs)).toMatchObject({ health: "unhealthy", detail });
});

test("[SR-01] what opens to nobody is not asked", async () => {
  await expect(ws("ws://169.254.169.254/")).rejects.toThrow(new WayDown("the address is not open for this purpose"));
  expect(await ws("ws://[::/")).toMatchObject({ detail: "the address is not valid" });
});

test("a token is sent, and one that was refused is not tried again and again", async () => {
  await using server = await echo();
  const url = `ws://127.0.0.1:${server.port}/token`;
  expect(await look("websocket", { url }, { secret: "t0ken" })).toMatchObject({ health: "healthy" });
  const clock = new FakeClock();
  const probe = probeOf("websocket", { url }, { secret: "wrong", clock });
  const run = () => probe.run(AbortSignal.timeout(5_000));
  expect(await run()).toMatchObject({ detail: "401 instead of a WebSocket" });
  expect((await run()).detail).toMatch(/^the sign-in was refused; /);
  expect(server.asked()).toBe(2);
  await clock.advance(10 * MINUTE_MS);
  expect(await run()).toMatchObject({ detail: "401 instead of a WebSocket" });
});

describeTls("over TLS", () => {
  test("its certificate is judged, and nothing is said to one of nobody known", async () => {
    await using authority = await startAuthority();
    const files = await authority.issue(["DNS:localhost"]);
    const server = createSecureServer({ cert: await readFile(files.certificate), key: await readFile(files.key) });
    await using secure = await echo(server);
    const url = `wss://localhost:${secure.port}/`;
    const result = await ws(url, { ca: authority.ca, send: "hi", text: "echo hi" });
    expect(result).toMatchObject({ health: "healthy" });
    expect(factOf(result, "certificateSubject")).toBe("localhost");
    const asked = secure.asked();
    expect(await ws(url)).toMatchObject({ health: "unhealthy", detail: "the certificate is of nobody known" });
    expect(secure.asked()).toBe(asked);
  });
});
