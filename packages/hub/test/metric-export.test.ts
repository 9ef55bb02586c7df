import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { MusterError } from "@muster/core";
import { FakeClock, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EXPORTS_AT_ONCE_MAX, PIECEWISE_TIME_MS_MAX } from "../src/http/limits.ts";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub, TokenClient } from "./harness.ts";
import { ScriptedSamples } from "./scripted-samples.ts";

let hub: TestHub;
let store: ScriptedSamples;
beforeAll(async () => {
  const clock = new FakeClock();
  store = new ScriptedSamples(clock);
  hub = await startTestHub({ clock, metricStore: store, servers: ["alpha"] });
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  Object.assign(store, { chunkCount: 1, samplesPerChunk: 1, before: () => undefined });
  Object.assign(store, { takenCount: 0, begunCount: 0, endedCount: 0 });
  await hub.clock.advance(60_000);
});

const pathOf = (more = ""): string =>
  `/api/v1/metrics/export?server=${hub.servers[0]!.id}&metric=load1&from=0&to=60000${more}`;

/** An answer that is not read before the test does so. */
function open(client: Client | TokenClient, path = pathOf()): Promise<IncomingMessage> {
  const headers: Record<string, string> = {
    ...(client.cookie !== undefined && { cookie: client.cookie }),
    ...("secret" in client && { authorization: `Bearer ${client.secret}` }),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: hub.port, path, headers, agent: false }, (answer) => {
      // It may be cut before anybody reads, who will see it then.
      answer.on("error", () => undefined);
      resolve(answer);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Reads to the end: how many lines came, and whether the answer was whole. */
async function drain(
  answer: IncomingMessage,
  watch: (lineCount: number) => void = () => undefined,
): Promise<{ lineCount: number; isWhole: boolean }> {
  let lineCount = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      for (const byte of part) if (byte === 10) lineCount++;
      watch(lineCount);
    }
  } catch {
    return { lineCount, isWhole: false };
  }
  return { lineCount, isWhole: answer.complete };
}

describe("what is read", () => {
  test("nobody reads ahead of a slow reader, and millions of rows take no memory", async () => {
    Object.assign(store, { chunkCount: 40, samplesPerChunk: 50_000 });
    const answer = await open(hub.sessionOf("viewer"));
    // While the reader sleeps others are served, and nothing more is read for it.
    const other = hub.sessionOf("viewer");
    for (let times = 0; times < 20; times++) expect((await other.get("/api/v1/me")).status).toBe(200);
    const taken = store.takenCount;
    expect(taken).toBeLessThan(5);
    for (let times = 0; times < 20; times++) await other.get("/api/v1/me");
    expect(store.takenCount).toBe(taken);

    let heldMost = 0;
    const { lineCount, isWhole } = await drain(answer, (received) => {
      heldMost = Math.max(heldMost, store.takenCount * store.samplesPerChunk - received);
    });
    expect({ lineCount, isWhole }).toEqual({ lineCount: 2_000_001, isWhole: true });
    // In samples: the chunk being written, and what lies in the sockets' buffers.
    expect(heldMost).toBeLessThan(4 * store.samplesPerChunk);
    await waitFor(() => store.endedCount === 1, { describe: "the reading ended" });
  });

  test("[DS-04] when the client goes, reading stops", async () => {
    Object.assign(store, { chunkCount: 1_000, samplesPerChunk: 10_000 });
    const answer = await open(hub.sessionOf("viewer"));
    await new Promise((resolve) => answer.once("data", resolve));
    answer.destroy();
    await waitFor(() => store.endedCount === 1, { describe: "the reading ended" });
    expect(store.takenCount).toBeLessThan(500);
  });

  test("[DS-04] a client that goes before the first byte stops it too", async () => {
    let aborted = false;
    const waiting = Promise.withResolvers<void>();
    store.before = () => waiting.promise;
    const asked = request({
      host: "127.0.0.1",
      port: hub.port,
      path: pathOf(),
      headers: { cookie: hub.sessionOf("viewer").cookie! },
    });
    asked.on("error", () => (aborted = true));
    asked.end();
    await waitFor(() => store.begunCount === 1, { describe: "the reading began" });
    asked.destroy();
    await waitFor(() => aborted, { describe: "the request is gone" });
    await hub.clock.advance(0);
    waiting.resolve();
    await waitFor(() => store.endedCount === 1, { describe: "the reading ended" });
    expect(store.takenCount).toBe(0);
  });
});

test("the API's description and page say in which forms it comes", async () => {
  const { json } = await hub.client().get("/api/v1/openapi.json");
  const { content } = json.paths["/api/v1/metrics/export"].get.responses["200"];
  expect(Object.keys(content as object)).toEqual(["text/csv", "application/x-ndjson", "application/json"]);
  expect(content["text/csv"].schema).toEqual({ type: "string" });
  expect(content["application/json"].schema.required).toEqual(["from", "to", "stepMs", "rows"]);
  expect((await hub.client().get("/api/docs")).text).toContain("as text/csv, application/x-ndjson, application/json");
});

describe("how it ends", () => {
  const failure = new MusterError("STORAGE_FAILED", {}, new Error("the disk"));

  test("what fails before the first byte is an error like any other", async () => {
    store.before = () => {
      throw failure;
    };
    const answer = await hub.sessionOf("viewer").get(pathOf());
    expect(answer).toMatchObject({ status: 503, code: "STORAGE_FAILED" });
    expect(answer.headers["content-disposition"]).toBeUndefined();
    expect(answer.headers["content-type"]).toContain("application/json");
  });

  test.for(["csv", "ndjson", "json"])(
    "what fails after it cuts the connection: %s is never silently short",
    async (format) => {
      Object.assign(store, { chunkCount: 3, samplesPerChunk: 5_000 });
      store.before = (chunk) => {
        if (chunk === 2) throw failure;
      };
      const logged = hub.logs.length;
      const { lineCount, isWhole } = await drain(await open(hub.sessionOf("viewer"), pathOf(`&format=${format}`)));
      expect(isWhole).toBe(false);
      expect(lineCount).toBeGreaterThan(1_000);
      expect(hub.logs.slice(logged).join("")).toContain("an answer was cut off");
    },
  );

  test("nor for a proxy that speaks HTTP/1.0, where the end of the connection is the end of the answer", async () => {
    Object.assign(store, { chunkCount: 3, samplesPerChunk: 5_000 });
    store.before = (chunk) => {
      if (chunk === 2) throw failure;
    };
    const socket = connect({ host: "127.0.0.1", port: hub.port });
    const ended = new Promise((resolve) => {
      socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
      socket.once("end", () => resolve("end"));
    });
    socket.resume();
    const cookie = hub.sessionOf("viewer").cookie!;
    socket.write(`GET ${pathOf()} HTTP/1.0\r\nHost: 127.0.0.1:${hub.port}\r\nCookie: ${cookie}\r\n\r\n`);
    expect(await ended).toBe("ECONNRESET");
  });

  const endings: readonly (readonly [string, (of: { session: Client; id: string }) => Promise<unknown>])[] = [
    ["the session ends", ({ session }) => session.post("/api/v1/logout")],
    [
      "the user is disabled",
      ({ id }) => hub.sessionOf("admin").ask("PATCH", `/api/v1/users/${id}`, { body: { enabled: false } }),
    ],
    ["it takes half an hour", () => hub.clock.advance(PIECEWISE_TIME_MS_MAX)],
  ];
  test.for(endings)("[AZ-06] it is cut when %s, even where nobody reads", async ([, end]) => {
    Object.assign(store, { chunkCount: 10_000, samplesPerChunk: 10_000 });
    const admin = hub.sessionOf("admin");
    const name = `reader-${crypto.randomUUID().slice(0, 8)}`;
    const made = await admin.post("/api/v1/users", { name, password: "twelve or more letters", role: "viewer" });
    const session = hub.sessionOf(name);
    const answer = await open(session);
    expect(answer.statusCode).toBe(200);
    await end({ session, id: made.json.id as string });
    await waitFor(() => store.endedCount === 1, { describe: "the reading ended" });
    expect((await drain(answer)).isWhole).toBe(false);
  });

  test("[AZ-15] it is cut when its token is revoked", async () => {
    Object.assign(store, { chunkCount: 10_000, samplesPerChunk: 10_000 });
    const token = await hub.tokenOf("admin", ["metrics.read"]);
    const answer = await open(token);
    expect((await hub.sessionOf("admin").ask("DELETE", `/api/v1/tokens/${token.id}`)).status).toBe(204);
    await waitFor(() => store.endedCount === 1, { describe: "the reading ended" });
    expect((await drain(answer)).isWhole).toBe(false);
  });

  test("more than a few at once are refused, and are let in when one is done", async () => {
    Object.assign(store, { chunkCount: 10_000, samplesPerChunk: 10_000 });
    const running = await Promise.all(Array.from({ length: EXPORTS_AT_ONCE_MAX }, () => open(hub.sessionOf("viewer"))));
    const refused = await hub.sessionOf("admin").get(pathOf());
    expect(refused).toMatchObject({ status: 429, code: "RATE_LIMITED" });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    for (const answer of running) answer.destroy();
    await waitFor(() => store.endedCount === EXPORTS_AT_ONCE_MAX, { describe: "all readings ended" });
    store.chunkCount = 1;
    expect((await hub.sessionOf("admin").get(pathOf())).status).toBe(200);
  });
});
