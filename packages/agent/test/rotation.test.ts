import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { DAY_MS, silentLogger } from "@muster/core";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import type { Identity } from "../src/identity/identity.ts";
import { joinHub } from "../src/join.ts";
import { runAgent } from "../src/run-agent.ts";
import { countingKind, emptyHost, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";

async function agedAgent(stateDirectory: string, hub: ScriptedHub) {
  await joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory });
  const path = `${stateDirectory}/identity.json`;
  const identity = JSON.parse(readFileSync(path, "utf8")) as Identity;
  writeFileSync(path, JSON.stringify({ ...identity, keyMadeAt: Date.now() - 91 * DAY_MS }));
  const oldKey = readFileSync(`${stateDirectory}/agent.key`);
  const start = () =>
    runAgent(testConfig(stateDirectory, { intervalMs: 500 }), {
      log: silentLogger,
      host: emptyHost,
      kinds: [countingKind()],
      random: () => 0,
    });
  return { start, oldKey, key: () => readFileSync(`${stateDirectory}/agent.key`), path };
}

test("a key of ninety days is replaced, and the old file goes when the hub has taken the new one", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const { start, oldKey, key, path } = await agedAgent(directory.file("state"), hub);
  const agent = await start();
  await waitFor(() => !key().equals(oldKey) && hub.stored.size > 0, { describe: "samples under the new key" });
  await agent.stop();
  expect(existsSync(directory.file("state", "agent.key.next"))).toBe(false);
  expect(hub.received.filter((frame) => frame.t === "rotate")).toHaveLength(1);
  expect(Date.now() - (JSON.parse(readFileSync(path, "utf8")) as Identity).keyMadeAt).toBeLessThan(60_000);
});

test("an announcement that the hub never got leaves the old key in force", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const { start, oldKey, key } = await agedAgent(directory.file("state"), hub);
  hub.script.intercept = (frame) => frame.t === "rotate";
  const agent = await start();
  await waitFor(() => hub.stored.size > 0, { describe: "samples under the old key" });
  await agent.stop();
  expect(key().equals(oldKey)).toBe(true);
  expect(existsSync(directory.file("state", "agent.key.next"))).toBe(false);
});

test("killed between announcement and proof, the next run finds the key that the hub knows", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const { start, oldKey, key } = await agedAgent(directory.file("state"), hub);
  let isRotated = false;
  hub.script.intercept = (frame, connection) => {
    if (frame.t === "rotate") isRotated = true;
    if (frame.t === "begin" && isRotated) connection.socket.terminate();
    return frame.t === "begin" && isRotated;
  };
  const agent = await start();
  await waitFor(() => isRotated, { describe: "the announcement" });
  await agent.stop();
  expect(existsSync(directory.file("state", "agent.key.next"))).toBe(true);
  hub.script.intercept = () => false;
  const again = await start();
  await waitFor(() => hub.stored.size > 0, { describe: "samples under the new key" });
  await again.stop();
  expect(key().equals(oldKey)).toBe(false);
});
