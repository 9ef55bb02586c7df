import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { AGENT_SUBPROTOCOL } from "@muster/protocol";
import { systemClock } from "@muster/node-kit";
import { expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { openChannel } from "./channel.ts";
import type { Channel } from "./channel.ts";
import { exchange } from "./greeting.ts";

const ANSWER = JSON.stringify({ t: "hold", forMs: 1 });

/** A server whose connections get `answer` as soon as they say something. */
async function channelTo(
  answer: (socket: WebSocket) => void,
): Promise<{ readonly channel: Channel } & AsyncDisposable> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => AGENT_SUBPROTOCOL });
  server.on("connection", (socket) => socket.once("message", () => answer(socket)));
  await once(server, "listening");
  const channel = await openChannel(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    channel,
    async [Symbol.asyncDispose]() {
      channel.terminate();
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}

const never = new AbortController().signal;

test("what a hub sends at once behind its answer waits for whoever listens next, in order, and so does the end", async () => {
  const frames = Array.from({ length: 200 }, (_, index) => JSON.stringify({ t: "later", index }));
  await using hub = await channelTo((socket) => {
    // One packet: all of it is there before the answer has been looked at.
    for (const frame of [ANSWER, ...frames]) socket.send(frame);
    socket.close(1000, "that is all");
  });
  const answer = await exchange(hub.channel, "{}", systemClock, never, true);
  expect(answer.t).toBe("hold");
  const heard: string[] = [];
  await new Promise<void>((resolve) => {
    hub.channel.listen({
      message: (message) => heard.push(message as string),
      closed: (code, reason) => {
        expect([code, reason]).toEqual([1000, "that is all"]);
        resolve();
      },
    });
  });
  expect(heard).toEqual(frames);
});

test("a hub that sends without end while nobody listens is left", async () => {
  const left = Promise.withResolvers<number>();
  await using hub = await channelTo((socket) => {
    socket.on("close", (code) => left.resolve(code));
    socket.send(ANSWER);
    for (let at = 0; at < 12; at++) socket.send("x".repeat(100_000));
  });
  await exchange(hub.channel, "{}", systemClock, never, true);
  expect(await left.promise).toBe(1006);
});

test("who was told to stop before says nothing more", async () => {
  let heard = 0;
  await using hub = await channelTo(() => heard++);
  const stopped = AbortSignal.abort(new Error("the agent stops"));
  await expect(exchange(hub.channel, "{}", systemClock, stopped, true)).rejects.toThrow("the agent stops");
  expect(heard).toBe(0);
});
