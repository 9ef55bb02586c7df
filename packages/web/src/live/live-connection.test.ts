import { expect, test } from "vitest";
import type { Cancellable, Clock } from "@muster/core";
import { LiveConnection } from "./live-connection.ts";
import type { Socket } from "./socket.ts";

class TurnedClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; fn: () => void }[] = [];
  now = (): number => this.#now;
  monotonic = (): number => this.#now;
  after(delayMs: number, fn: () => void): Cancellable {
    const timer = { at: this.#now + delayMs, fn };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }
  async turn(ms: number): Promise<void> {
    this.#now += ms;
    const due = this.#timers.filter((timer) => timer.at <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
    for (const timer of due) timer.fn();
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}

class PlayedSocket implements Socket {
  readonly sent: unknown[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function setUp(probe: () => Promise<void> = () => Promise.resolve()) {
  const clock = new TurnedClock();
  const sockets: PlayedSocket[] = [];
  const connection = new LiveConnection({
    clock,
    random: () => 0.5,
    csrf: () => "the-token",
    probe,
    openSocket() {
      const socket = new PlayedSocket();
      sockets.push(socket);
      return socket;
    },
  });
  const welcome = (socket: PlayedSocket) => {
    socket.onopen?.();
    socket.say({ t: "welcome", now: clock.now() + 250, version: "1" });
  };
  return { clock, sockets, connection, welcome };
}

test("the first message is hello with the session's token, and topics follow the welcome", () => {
  const { sockets, connection, welcome } = setUp();
  const seen: unknown[] = [];
  connection.listen<"fleet">("fleet", (state) => seen.push(state));
  connection.start();
  welcome(sockets[0]!);
  expect(sockets[0]!.sent).toEqual([
    { t: "hello", csrf: "the-token" },
    { t: "subscribe", topic: "fleet" },
  ]);
  expect(connection.clockOffsetMs.get()).toBe(250);
  sockets[0]!.say({ t: "state", topic: "fleet", state: { whole: true, servers: [], removed: [] } });
  expect(seen).toHaveLength(1);
});

test("a lost socket is opened again after a jittered wait and its topics come back", async () => {
  const { clock, sockets, connection, welcome } = setUp();
  connection.listen<"server">("server/a", () => {});
  connection.start();
  welcome(sockets[0]!);
  sockets[0]!.onclose?.({ code: 1006 });
  expect(connection.state.get()).toEqual({ is: "waiting", attempt: 0, retryAt: clock.now() + 500 });
  await clock.turn(499);
  expect(sockets).toHaveLength(1);
  await clock.turn(1);
  expect(sockets).toHaveLength(2);
  welcome(sockets[1]!);
  expect(sockets[1]!.sent).toContainEqual({ t: "subscribe", topic: "server/a" });
  expect(connection.state.get().is).toBe("open");
  expect(connection.welcomes.get()).toBe(2);
});

test("waits grow while the hub does not answer", async () => {
  const { clock, sockets, connection, welcome } = setUp(() => Promise.reject(new Error("away")));
  connection.start();
  welcome(sockets[0]!);
  sockets[0]!.onclose?.({ code: 1006 });
  await clock.turn(500);
  expect(connection.state.get()).toMatchObject({ is: "waiting", attempt: 1, retryAt: clock.now() + 1_000 });
  await clock.turn(1_000);
  expect(connection.state.get()).toMatchObject({ is: "waiting", attempt: 2, retryAt: clock.now() + 2_000 });
  expect(sockets).toHaveLength(1);
});

test("the last listener of a topic leaves it", () => {
  const { sockets, connection, welcome } = setUp();
  connection.start();
  welcome(sockets[0]!);
  const first = connection.listen<"server">("server/a", () => {});
  const second = connection.listen<"server">("server/a", () => {});
  first();
  expect(sockets[0]!.sent).not.toContainEqual({ t: "unsubscribe", topic: "server/a" });
  second();
  expect(sockets[0]!.sent).toContainEqual({ t: "unsubscribe", topic: "server/a" });
});

test("a silent hub that answers no probe counts as lost", async () => {
  let away = false;
  const { clock, sockets, connection, welcome } = setUp(() => (away ? Promise.reject(new Error()) : Promise.resolve()));
  connection.start();
  welcome(sockets[0]!);
  await clock.turn(20_000);
  expect(connection.state.get().is).toBe("open");
  away = true;
  await clock.turn(20_000);
  expect(connection.state.get().is).toBe("waiting");
  expect(sockets[0]!.closed).toBe(true);
});

test("stopping ends everything at once", async () => {
  const { clock, sockets, connection, welcome } = setUp();
  connection.start();
  welcome(sockets[0]!);
  connection.stop();
  expect(sockets[0]!.closed).toBe(true);
  await clock.turn(100_000);
  expect(sockets).toHaveLength(1);
});

function followLogs(connection: LiveConnection) {
  const heard: string[] = [];
  let cursor = "";
  const stream = connection.openLogs({
    request: () => ({
      sources: [{ service: "a", ...(cursor === "" ? {} : { after: cursor }) }],
      lines: 10,
      follow: true,
    }),
    onOpened: () => heard.push("opened"),
    onItems(items) {
      for (const item of items) if ("cursor" in item) heard.push((cursor = item.cursor));
    },
    onEnd: (source, error) => heard.push(`end ${source} ${error}`),
  });
  return { heard, stream };
}
const logLine = (cursor: string) => ({ at: 1, cursor, level: null, text: "", stream: null, source: 0 });

test("logs are opened after the welcome, and after a lost connection anew from where they were", async () => {
  const { clock, sockets, connection, welcome } = setUp();
  const { heard } = followLogs(connection);
  connection.start();
  expect(heard).toEqual([]);
  welcome(sockets[0]!);
  expect(sockets[0]!.sent.at(-1)).toEqual({
    t: "open-logs",
    id: 1,
    sources: [{ service: "a" }],
    lines: 10,
    follow: true,
  });
  sockets[0]!.say({ t: "logs", id: 1, items: [logLine("c1"), logLine("c2")] });
  sockets[0]!.onclose?.({ code: 1006 });
  await clock.turn(20_000);
  welcome(sockets[1]!);
  expect(sockets[1]!.sent.at(-1)).toMatchObject({ t: "open-logs", id: 2, sources: [{ service: "a", after: "c2" }] });
  // What was meant for the number before is nobody's.
  sockets[1]!.say({ t: "logs", id: 1, items: [logLine("c9")] });
  sockets[1]!.say({ t: "logs", id: 2, items: [logLine("c3")] });
  sockets[1]!.say({ t: "logs-end", id: 2, source: 0, error: "gone" });
  expect(heard).toEqual(["opened", "c1", "c2", "opened", "c3", "end 0 gone"]);
});

test("what was taken in is told to the hub, and so is that nobody looks any more", () => {
  const { sockets, connection, welcome } = setUp();
  connection.start();
  welcome(sockets[0]!);
  const { heard, stream } = followLogs(connection);
  stream.more(7);
  stream.close();
  expect(sockets[0]!.sent.slice(-2)).toEqual([
    { t: "more-logs", id: 1, items: 7 },
    { t: "close-logs", id: 1 },
  ]);
  sockets[0]!.say({ t: "logs", id: 1, items: [logLine("c1")] });
  expect(heard).toEqual(["opened"]);
});
