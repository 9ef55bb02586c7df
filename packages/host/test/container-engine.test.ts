import { silentLogger } from "@muster/core";
import { FakeClock, settle } from "@muster/testkit";
import { expect, test } from "vitest";
import { DEFAULT_DRIVER_CONFIG, DRIVER_KINDS } from "../src/index.ts";
import type { ServiceDriver, SocketResponse } from "../src/index.ts";
import { ScriptedActingHost } from "./scripted-acting-host.ts";

const never = new AbortController().signal;
const ID = "ab".repeat(32);
const VERSION = { ApiVersion: "1.41", MinAPIVersion: "1.12" };
const SOCKET = "/run/docker.sock";

const body = (...chunks: readonly string[]): AsyncIterable<Uint8Array> => {
  const encoder = new TextEncoder();
  return (async function* () {
    for (const chunk of chunks) yield encoder.encode(chunk);
  })();
};
const json = (value: unknown, status = 200): SocketResponse => ({ status, body: body(JSON.stringify(value)) });
const setUp = (): { host: ScriptedActingHost; clock: FakeClock; driver: ServiceDriver } => {
  const host = new ScriptedActingHost();
  const clock = new FakeClock();
  const kind = DRIVER_KINDS.find(({ name }) => name === "container")!;
  const config = { ...DEFAULT_DRIVER_CONFIG, containerSocket: SOCKET };
  return { host, clock, driver: kind.create(config, { host, clock, log: silentLogger }) };
};

test("an engine that may not be spoken to is told by its reason, and what grants it", async () => {
  for (const [code, words] of [
    ["EACCES", "usermod -aG docker"],
    ["ECONNREFUSED", "is the engine running"],
    ["ENOENT", "no container engine"],
    ["ETIMEDOUT", "connect ETIMEDOUT"],
  ] as const) {
    const { host, driver } = setUp();
    host.answer = () => {
      throw Object.assign(new Error(`connect ${code}`), { code });
    };
    expect(await driver.detect(never), code).toEqual({ ok: false, why: expect.stringContaining(words) as string });
  }
  const { host, driver } = setUp();
  host.answer = () => json({ message: "hello, I am a web server" });
  expect(await driver.detect(never)).toMatchObject({ why: `${SOCKET}: what answers is no container engine` });
});

test("an answer without end is read no further than 8 MiB", async () => {
  const { host, driver } = setUp();
  let sent = 0;
  let hasEnded = false;
  host.answer = ({ path }, signal) => {
    if (path === "/version") return json(VERSION);
    signal.addEventListener("abort", () => (hasEnded = true));
    const flood = async function* (): AsyncGenerator<Uint8Array> {
      const mebibyte = new Uint8Array(1024 * 1024).fill(32);
      for (; sent < 1000; sent++) yield mebibyte;
    };
    return { status: 200, body: flood() };
  };
  await expect(driver.list(never)).rejects.toThrow("longer than 8388608 bytes");
  expect(sent).toBeLessThan(10);
  expect(hasEnded).toBe(true);
});

test("foreign words of an error are cut, and a list that is no list is an error", async () => {
  const { host, driver } = setUp();
  host.answer = ({ path }) => (path === "/version" ? json(VERSION) : json({ message: "x".repeat(5_000) }, 500));
  await expect(driver.list(never)).rejects.toThrow(/^the engine answers 500: x{200}$/);
  host.answer = () => json({ containers: [] });
  await expect(driver.list(never)).rejects.toThrow("no list");
});

test("[FS-07] an id that is none never becomes part of a path", async () => {
  const { host, driver } = setUp();
  host.answer = ({ path }) =>
    path === "/version" ? json(VERSION) : json([{ Id: "../../images/x" }, { Id: "abc" }, { Id: 7 }, null, "x"]);
  expect(await driver.list(never)).toEqual([]);
  expect(host.requests.map(({ path }) => path)).toEqual(["/version", "/v1.41/containers/json?all=1"]);
});

test("an engine that denies an effect has refused it; a lost answer is unknown, and nothing is asked twice", async () => {
  const { host, driver } = setUp();
  const container = { Id: ID, Name: "/web", State: { Status: "exited", ExitCode: 0 } };
  const posts = () => host.requests.filter(({ method }) => method === "POST");
  host.answer = ({ method, path }) => {
    if (path === "/version") return json(VERSION);
    return method === "POST" ? json({ message: "authorization denied by plugin" }, 403) : json(container);
  };
  expect(await driver.act({ verb: "start", name: "web", args: {} }, never)).toEqual({
    outcome: "refused",
    detail: "the engine denies it: authorization denied by plugin",
  });
  host.answer = ({ method, path }) => {
    if (path === "/version") return json(VERSION);
    if (method === "POST") throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    return json(container);
  };
  expect(await driver.act({ verb: "start", name: "web", args: {} }, never)).toEqual({
    outcome: "unknown",
    detail: "socket hang up",
  });
  expect(posts()).toHaveLength(2);
});

test("[DR7] events that cease are taken up again, less and less often, and everything may have changed meanwhile", async () => {
  const { host, clock, driver } = setUp();
  const hints: (string | undefined)[] = [];
  const stop = new AbortController();
  driver.watch?.((name) => hints.push(name), stop.signal);
  await settle();
  // No engine is there yet: it may be started later than the agent.
  expect(hints).toEqual([]);
  const event = (name: string): string => `${JSON.stringify({ Actor: { Attributes: { name } } })}\n`;
  const line = event("web");
  host.answer = ({ path }) =>
    // An event arrives in parts, several in one, and the stream ends.
    path === "/version"
      ? json(VERSION)
      : { status: 200, body: body(line.slice(0, 9), line.slice(9) + event("db"), "{") };
  await clock.advance(1_000);
  expect(hints).toEqual([undefined, "web", "db"]);
  host.answer = () => {
    throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  };
  host.requests.length = 0;
  await clock.advance(120_000);
  // After 1, 2, 5, 15 s and then once a minute.
  expect(host.requests.length).toBeGreaterThanOrEqual(5);
  expect(host.requests.length).toBeLessThanOrEqual(6);
  stop.abort();
  await settle();
  expect(clock.pendingTimers).toBe(0);
});

/** A stream of events that the test writes to, and ends. */
function eventStream() {
  let push: (text: string | undefined) => void = () => undefined;
  const chunks: AsyncIterable<Uint8Array> = (async function* () {
    for (;;) {
      const text = await new Promise<string | undefined>((resolve) => (push = resolve));
      if (text === undefined) return;
      yield new TextEncoder().encode(text);
    }
  })();
  return { response: { status: 200, body: chunks }, push: (text?: string) => push(text) };
}

test("[DR13] an event that comes while a container is asked about is not forgotten over the answer", async () => {
  const { host, clock, driver } = setUp();
  const stop = new AbortController();
  const events = eventStream();
  let status = "running";
  let answerInspect: (() => void) | undefined;
  host.answer = ({ path }) => {
    if (path === "/version") return json(VERSION);
    if (path.includes("/events")) return events.response;
    if (path.includes("/json?all")) return json([{ Id: ID }]);
    return json({ Id: ID, Name: "/web", State: { Status: status } });
  };
  driver.watch?.(() => undefined, stop.signal);
  await settle();
  const request = host.request.bind(host);
  host.request = async (socket, asked, signal) => {
    const answer = await request(socket, asked, signal);
    if (asked.path.includes(`/containers/${ID}/json`) && status === "running")
      await new Promise<void>((resolve) => (answerInspect = resolve));
    return answer;
  };
  const list = driver.list(never);
  await settle();
  // It ends after the engine has answered and before the answer is here.
  status = "exited";
  events.push(`${JSON.stringify({ Actor: { Attributes: { name: "web" } } })}\n`);
  await settle();
  answerInspect!();
  expect((await list).map(({ state }) => state)).toEqual(["running"]);
  expect((await driver.list(never)).map(({ state }) => state)).toEqual(["stopped"]);
  stop.abort();
  events.push();
  await settle();
  expect(clock.pendingTimers).toBe(0);
});

test("[DR7] an engine that comes back after its events ceased is asked again what it speaks", async () => {
  const { host, clock, driver } = setUp();
  const stop = new AbortController();
  const events = eventStream();
  host.answer = ({ path }) => {
    if (path === "/version") return json(VERSION);
    return path.includes("/events") ? events.response : json([]);
  };
  driver.watch?.(() => undefined, stop.signal);
  await settle();
  events.push();
  await settle();
  // The newer one no longer answers to the version before.
  host.answer = ({ path }) => {
    if (path === "/version") return json({ ApiVersion: "1.60", MinAPIVersion: "1.50" });
    return path.startsWith("/v1.50/") ? json([]) : json({ message: "client version 1.41 is too old" }, 400);
  };
  expect(await driver.list(never)).toEqual([]);
  stop.abort();
  await settle();
  expect(clock.pendingTimers).toBe(0);
});
