import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import type { LogStreamItem } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { AGENT_LIMITS } from "@muster/protocol";
import type { AgentFrame, EndFrame, ItemsFrame } from "@muster/protocol";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { joinHub } from "../src/join.ts";
import { LocalHost } from "../src/local-host.ts";
import { runAgent } from "../src/run-agent.ts";
import { countingKind, emptyHost, silentLogger, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";

/** A hub with real keys and an agent beside a directory of logs, of which the policy names some. */
async function world(policy: (path: (name: string) => string) => string | undefined) {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("log-streams"));
  const hub = await ScriptedHub.start();
  cleanup.defer(() => hub.stop());
  const stateDirectory = directory.file("state");
  await joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory });
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const policyPath = directory.file("etc", "policy.yaml");
  const setPolicy = (text: string): void => writeFileSync(policyPath, text, { mode: 0o644 });
  const text = policy((name) => directory.file(name));
  if (text !== undefined) setPolicy(text);
  const host = new LocalHost(systemClock);
  cleanup.defer(() => host.close());
  const agent = await runAgent(testConfig(stateDirectory, { intervalMs: 500, policyPath }), {
    log: silentLogger,
    host: emptyHost,
    acting: host,
    kinds: [countingKind()],
    random: () => 0,
    policyOwnerUid: process.getuid?.() ?? 0,
  });
  cleanup.defer(() => agent.stop());
  await waitFor(() => agent.state() === "ready", { describe: "a connection" });
  const owned = cleanup.move();
  return {
    hub,
    directory,
    setPolicy,
    open: (id: number, name: string, change: object = {}, credit = 100, driver = "file") =>
      hub.connection.send({
        t: "open",
        id,
        name: "logs.read",
        params: { driver, name, linesMax: 10, follow: false, ...change },
        credit,
      }),
    itemsOf: (id: number): LogStreamItem[] =>
      framesOf<ItemsFrame>(hub, "items", id).flatMap(({ items }) => items as LogStreamItem[]),
    framesOf: (id: number) => framesOf<ItemsFrame>(hub, "items", id),
    end: (id: number): Promise<EndFrame> =>
      waitFor(() => framesOf<EndFrame>(hub, "end", id)[0], { timeoutMs: 15_000, describe: `the end of stream ${id}` }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

const framesOf = <F extends AgentFrame>(hub: ScriptedHub, t: F["t"], id: number): F[] =>
  hub.received.filter((frame): frame is F => frame.t === t && "id" in frame && frame.id === id);
const textsOf = (items: readonly LogStreamItem[]): string[] =>
  items.flatMap((item) => ("text" in item ? [item.text] : []));
const granting = (...files: readonly string[]): string =>
  `version: 1\nallow:\n  - {action: logs.read, driver: file, files: [${files.join(", ")}]}\n`;

test("[FS-08] only files of the policy's list are read: no other name, no link, no directory, no way around", async () => {
  await using at = await world((path) =>
    granting(path("app.log"), path("link.log"), path("link/deep.log"), path("folder"), path("pipe")),
  );
  const path = at.directory.file;
  writeFileSync(path("app.log"), "allowed\n");
  writeFileSync(path("secret.log"), "secret\n");
  symlinkSync(path("secret.log"), path("link.log"));
  mkdirSync(path("real"));
  writeFileSync(path("real", "deep.log"), "secret\n");
  symlinkSync(path("real"), path("link"));
  mkdirSync(path("folder"));
  at.open(1, path("app.log"));
  expect((await at.end(1)).error).toBe("");
  expect(textsOf(at.itemsOf(1))).toEqual(["allowed"]);
  const refused = [
    path("secret.log"),
    `${path("app.log")}/`,
    `${path("real")}/../app.log`,
    `/${path("app.log")}`,
    "app.log",
    "",
  ];
  for (const [index, name] of refused.entries()) {
    at.open(100 + index, name);
    expect([name, (await at.end(100 + index)).error]).toEqual([
      name,
      name === ""
        ? "the question about a log has a wrong form"
        : expect.stringMatching(/^policy: no entry of logs\.read names this target/),
    ]);
  }
  for (const [index, name] of ["link.log", "link/deep.log", "folder"].entries()) {
    at.open(200 + index, path(name));
    expect((await at.end(200 + index)).error).toMatch(
      /is not there, may not be read, is no plain file, or a symbolic link/,
    );
    expect(at.itemsOf(200 + index)).toEqual([]);
  }
});

test("[CM-08] without a policy no log is read, whatever a stolen hub asks", async () => {
  await using at = await world(() => undefined);
  const asked = [
    ["file", "/etc/shadow"],
    ["systemd", "ssh.service"],
    ["container", "web"],
    ["process", "app"],
    ["tmux", "main"],
    ["systemd-user", "root:app.service"],
  ] as const;
  for (const [index, [driver, name]] of asked.entries()) {
    at.open(index + 1, name, {}, 100, driver);
    expect((await at.end(index + 1)).error).toMatch(/^policy: monitor-only: this server has no policy file/);
  }
  at.hub.connection.send({ t: "open", id: 50, name: "shell" as "logs.read", params: {}, credit: 10 });
  expect((await at.end(50)).error).toBe("unsupported");
});

test("[LG8] an entry that is taken out of the policy ends the reading that it allowed", async () => {
  await using at = await world((path) => granting(path("app.log")));
  const path = at.directory.file("app.log");
  writeFileSync(path, "one\n");
  at.open(1, path, { follow: true });
  await waitFor(() => textsOf(at.itemsOf(1)).length === 1, { describe: "the first line" });
  at.setPolicy("version: 1\nallow: []\n");
  expect((await at.end(1)).error).toMatch(/^policy: no entry allows logs\.read/);
  appendFileSync(path, "two\n");
  expect(textsOf(at.itemsOf(1))).toEqual(["one"]);
});

test("[PR71] never more items than credit, never more in a frame than its limits; more credit, more items", async () => {
  await using at = await world((path) => granting(path("app.log")));
  const path = at.directory.file("app.log");
  writeFileSync(path, Array.from({ length: 3_000 }, (_, index) => `line ${index} ${"é".repeat(2_000)}\n`).join(""));
  at.open(1, path, { linesMax: 3_000, follow: true }, 7);
  await waitFor(() => at.itemsOf(1).length === 7, { describe: "seven items" });
  at.hub.connection.send({ t: "credit", id: 1, items: 5 });
  await waitFor(() => at.itemsOf(1).length >= 12, { describe: "five more" });
  expect(at.itemsOf(1)).toHaveLength(12);
  for (let granted = 12; granted < 3_001; granted += 500) {
    at.hub.connection.send({ t: "credit", id: 1, items: 500 });
    const least = Math.min(granted + 500, 3_001);
    await waitFor(() => at.itemsOf(1).length >= least, {
      timeoutMs: 10_000,
      describe: () => `${least} items; ${at.itemsOf(1).length}`,
    });
  }
  expect(textsOf(at.itemsOf(1)).map((text) => text.split(" ")[1])).toEqual(
    Array.from({ length: 3_000 }, (_, index) => String(index)),
  );
  for (const frame of at.framesOf(1)) {
    expect(frame.items.length).toBeLessThanOrEqual(AGENT_LIMITS.itemsPerFrameMax);
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(AGENT_LIMITS.itemsBytesMax);
  }
  at.hub.connection.send({ t: "close", id: 1 });
});

test("[PR72] one stream more than may be open is refused, and a closed one makes room", async () => {
  await using at = await world((path) => granting(path("app.log")));
  const path = at.directory.file("app.log");
  writeFileSync(path, "one\n");
  for (let id = 1; id <= AGENT_LIMITS.streamsOpenMax; id++) at.open(id, path, { follow: true });
  await waitFor(() => at.itemsOf(AGENT_LIMITS.streamsOpenMax).length === 2, { describe: "all are open" });
  at.open(100, path);
  expect((await at.end(100)).error).toBe("too many streams at one time");
  at.hub.connection.send({ t: "close", id: 1 });
  await waitFor(
    async () => {
      const id = 101 + framesOf<EndFrame>(at.hub, "end", 0).length + Math.floor(performance.now());
      at.open(id, path);
      return (await at.end(id)).error === "";
    },
    { describe: "there is room again" },
  );
});

test("[PR73] streams end with the session: a new one knows nothing of them, and nothing is left open", async () => {
  await using at = await world((path) => granting(path("app.log")));
  const path = at.directory.file("app.log");
  writeFileSync(path, "one\n");
  at.open(1, path, { follow: true });
  await waitFor(() => at.itemsOf(1).length === 2, { describe: "the past" });
  const before = at.hub.connections.length;
  at.hub.connection.socket.terminate();
  await waitFor(() => at.hub.connections.length > before && at.hub.connection.sessionId !== "", {
    describe: "a new session",
  });
  appendFileSync(path, "two\n");
  at.open(1, path, { linesMax: 2 });
  await at.end(1);
  // Of the first session one line and the word that the past is out; of the second both lines.
  expect(textsOf(at.itemsOf(1))).toEqual(["one", "one", "two"]);
});
