import { FakeClock, settle } from "@muster/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logReader } from "../src/index.ts";
import type { SocketResponse } from "../src/index.ts";
import { ScriptedActingHost } from "./scripted-acting-host.ts";

const ID = "ab".repeat(32);
const SECOND = "2026-11-26T09:00:0";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const stream = (...chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> =>
  (async function* () {
    yield* chunks;
  })();
const json = (value: unknown, status = 200): SocketResponse => ({ status, body: stream(bytes(JSON.stringify(value))) });

let host: ScriptedActingHost;
let clock: FakeClock;
let stop: AbortController;
let texts: string[];
let ended: Promise<void> | undefined;
beforeEach(() => {
  host = new ScriptedActingHost();
  clock = new FakeClock();
  stop = new AbortController();
  texts = [];
  ended = undefined;
});
afterEach(async () => {
  stop.abort();
  await settle();
  await ended;
  expect(clock.pendingTimers).toBe(0);
});

const state = { Status: "exited", ExitCode: 0, StartedAt: `${SECOND}0Z`, FinishedAt: `${SECOND}5Z` };
const container = (more: object = {}) => json({ Id: ID, Name: "/web", State: state, Config: { Tty: true }, ...more });
const isLogs = (path: string): boolean => path.includes("/logs?");

/** Answers as an engine with one container would, but for what the test says. */
function answering(answer: (path: string) => SocketResponse | undefined): void {
  host.answer = ({ path }) =>
    answer(path) ?? (path === "/version" ? json({ ApiVersion: "1.41" }) : isLogs(path) ? json({}) : container());
}
function follow(): void {
  const query = { driver: "container", name: "web", linesMax: 10, follow: true } as const;
  ended = (async () => {
    for await (const item of logReader({ host, clock }).read(query, stop.signal))
      if ("text" in item) texts.push(item.text);
  })();
}
const asked = (): number => {
  const { length } = host.requests;
  host.requests.length = 0;
  return length;
};
const lines = (...all: readonly string[]): SocketResponse => ({
  status: 200,
  body: stream(bytes(all.map((line, index) => `${SECOND}${index}.000000000Z ${line}\n`).join(""))),
});

test("[LG2] an engine that answers with errors is asked again less and less often, and the log goes on after them", async () => {
  const running = container.bind(undefined, { State: { ...state, Status: "running" } });
  let logs = () => lines("one", "two");
  answering((path) => (isLogs(path) ? logs() : path.endsWith("/json") ? running() : undefined));
  follow();
  await settle();
  logs = () => json({ message: "no" }, 500);
  await clock.advance(10_000);
  asked();
  await clock.advance(20_000);
  // Ten times in this time, with three questions each: which version, how it is, its log.
  expect(asked()).toBeLessThanOrEqual(33);
  logs = () => lines("one", "two", "three");
  await clock.advance(2_000);
  expect(texts).toEqual(["one", "two", "three"]);
});

test("[LG2] of a container that ended, the log is read once to its end and again when it runs anew", async () => {
  answering((path) => (isLogs(path) ? lines("one") : undefined));
  follow();
  await clock.advance(5_000);
  asked();
  await clock.advance(20_000);
  expect(host.requests.filter(({ path }) => isLogs(path))).toEqual([]);
  expect(asked()).toBeLessThanOrEqual(11);
  // It ran for a moment between two looks.
  answering((path) =>
    isLogs(path)
      ? lines("one", "two")
      : path.endsWith("/json")
        ? container({ State: { ...state, StartedAt: `${SECOND}6Z` } })
        : undefined,
  );
  await clock.advance(2_000);
  expect(texts).toEqual(["one", "two"]);
});

test("[LG3] podman's lines have the time of its machine's zone", async () => {
  const at: (number | null)[] = [];
  answering((path) =>
    isLogs(path)
      ? { status: 200, body: stream(bytes("2026-11-26T10:00:00.123456789+01:00 hello\n")) }
      : path.endsWith("/json")
        ? container()
        : undefined,
  );
  const query = { driver: "container", name: "web", linesMax: 10, follow: false } as const;
  for await (const item of logReader({ host, clock }).read(query, stop.signal)) if ("text" in item) at.push(item.at);
  expect(at).toEqual([Date.parse("2026-11-26T09:00:00.123Z")]);
});

test("[DR1] the log is read from podman's socket where Docker's is not", async () => {
  const sockets: string[] = [];
  const request = host.request.bind(host);
  host.request = (socketPath, ...rest) => {
    sockets.push(socketPath);
    if (!socketPath.includes("podman")) return Promise.reject(Object.assign(new Error("ENOENT"), { code: "ENOENT" }));
    return request(socketPath, ...rest);
  };
  answering((path) => (isLogs(path) ? lines("one") : undefined));
  follow();
  await settle();
  expect(texts).toEqual(["one"]);
  expect(new Set(sockets)).toContain("/run/podman/podman.sock");
});
