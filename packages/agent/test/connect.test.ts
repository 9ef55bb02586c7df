import { temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { joinHub } from "../src/join.ts";
import { runAgent } from "../src/run-agent.ts";
import { countingKind, emptyHost, silentLogger, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";

test("a machine joins with a token, connects and its readings arrive numbered and once", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const stateDirectory = directory.file("state");
  const joined = await joinHub({ hub: hub.url, token: hub.mintToken("web-1"), name: "web-1", stateDirectory });
  expect(joined.identity.name).toBe("web-1");
  expect(joined.fingerprint.split(" ")).toHaveLength(6);

  const kind = countingKind();
  const agent = await runAgent(testConfig(stateDirectory, { intervalMs: 500 }), {
    log: silentLogger,
    host: emptyHost,
    kinds: [kind],
  });
  try {
    await waitFor(() => hub.stored.size >= 3, { describe: () => `three batches, got ${hub.stored.size}` });
  } finally {
    await agent.stop();
  }
  const readings = hub.rows.map((row) => row.values["readings_total"]);
  expect(readings.slice(0, 3)).toEqual([1, 2, 3]);
  expect(hub.doubled).toEqual([]);
  expect(hub.received.some((frame) => frame.t === "facts")).toBe(true);
});
