import { readdirSync } from "node:fs";
import { DAY_MS, HOUR_MS, silentLogger } from "@muster/core";
import type { Clock } from "@muster/core";
import {
  FakeClock,
  runProgram,
  seededRandom,
  settle,
  startProgram,
  temporaryDirectory,
  waitFor,
} from "@muster/testkit";
import { expect, test } from "vitest";
import { CollectLoop } from "@muster/host";
import { joinHub } from "../src/join.ts";
import { runAgent } from "../src/run-agent.ts";
import { Sequence } from "../src/spool/sequence.ts";
import { Spool } from "../src/spool/spool.ts";
import { Outbox } from "../src/uplink/outbox.ts";
import type { Sender } from "../src/uplink/outbox.ts";
import { AGENT_PROGRAM, countingKind, emptyHost, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";
import { PackHub } from "./pack-hub.ts";

const deps = (clock: Clock) => ({ clock, log: silentLogger });

test("a week away at one reading a minute: every sample arrives once, live ones first, within bounds in flight", async () => {
  await using directory = await temporaryDirectory("away");
  const clock = new FakeClock();
  const random = seededRandom(7);
  const spool = new Spool({ directory: directory.file("spool"), bytesMax: 1e9, segmentBytesMax: 50_000 }, deps(clock));
  const outbox = new Outbox({ clock, spool, sequence: new Sequence(directory.file("sequence"), 0) });
  const kind = countingKind();
  const made = new Map<number, number>();
  const loop = new CollectLoop(
    { mounts: "auto", hostRoot: "/", intervalMs: 60_000 },
    {
      ...deps(clock),
      host: emptyHost,
      kinds: [kind],
      take(round) {
        made.set(kind.made.length, round.at);
        outbox.take(round);
      },
    },
  );
  loop.start();
  // A little less than the bound of age, beyond which the oldest would go.
  await clock.advance(6.9 * DAY_MS);
  expect(made.size).toBeGreaterThan(9_900);

  const hub = new PackHub(clock, random);
  outbox.begin(hub.sender(outbox), []);
  await clock.advance(5 * 60_000);
  expect(hub.rows.size).toBeGreaterThan(9_900);
  // The hub goes away and comes back three times more, taking acknowledgements with it.
  for (const awayMs of [HOUR_MS, 6 * HOUR_MS, 20_000]) {
    outbox.end();
    await clock.advance(awayMs);
    outbox.begin(hub.sender(outbox), hub.received());
    await clock.advance(10 * 60_000);
  }
  await loop.stop();
  outbox.end();
  outbox.begin(hub.sender(outbox), hub.received());
  await clock.advance(60_000);
  const arrived = [...hub.rows.values()].toSorted((one, other) => one.reading - other.reading);
  expect(arrived.map((row) => row.reading)).toEqual([...made.keys()]);
  for (const row of arrived) expect(row.at).toBe(made.get(row.reading));
  expect(hub.doubledUnacknowledged).toBe(0);
  expect(hub.inFlightMost).toBeLessThanOrEqual(64);
  expect(spool.isEmpty && spool.droppedSamples === 0).toBe(true);
  outbox.end();
  spool.close();
});

test("steps of the wall clock by an hour, either way, lose nothing, double nothing and keep the pace", async () => {
  await using directory = await temporaryDirectory("away");
  const clock = new FakeClock();
  const spool = new Spool({ directory: directory.file("spool"), bytesMax: 1e9 }, deps(clock));
  const outbox = new Outbox({ clock, spool, sequence: new Sequence(directory.file("sequence"), 0) });
  const kind = countingKind();
  const loop = new CollectLoop(
    { mounts: "auto", hostRoot: "/", intervalMs: 5_000 },
    { ...deps(clock), host: emptyHost, kinds: [kind], take: (round) => outbox.take(round) },
  );
  loop.start();
  for (const stepMs of [HOUR_MS, -2 * HOUR_MS, HOUR_MS]) {
    await clock.advance(60_000);
    clock.stepWallTime(stepMs);
  }
  await clock.advance(60_000);
  expect(kind.made).toHaveLength(49);
  const hub = new PackHub(clock, () => 1);
  outbox.begin(hub.sender(outbox), []);
  await clock.advance(60_000);
  await loop.stop();
  expect([...hub.rows.values()].map((row) => row.reading).toSorted((a, b) => a - b)).toEqual(kind.made);
  outbox.end();
  spool.close();
});

test("hold is honoured: nothing is sent meanwhile, everything afterwards", async () => {
  await using directory = await temporaryDirectory("away");
  const clock = new FakeClock();
  const spool = new Spool({ directory: directory.file("spool"), bytesMax: 1e9 }, deps(clock));
  const outbox = new Outbox({ clock, spool, sequence: new Sequence(directory.file("sequence"), 0) });
  const hub = new PackHub(clock, () => 1);
  outbox.begin(hub.sender(outbox), []);
  outbox.hold(30_000);
  for (let index = 1; index <= 5; index++) {
    outbox.take({ define: '[{"metric":"readings_total"}]', rows: `[[${index},${index}]]`, at: index, samples: 1 });
    await clock.advance(5_000);
  }
  expect(hub.rows.size).toBe(0);
  await clock.advance(10_000);
  expect(hub.rows.size).toBe(5);
  outbox.end();
  spool.close();
});

test("only what an acknowledgement names is forgotten", async () => {
  await using directory = await temporaryDirectory("away");
  const clock = new FakeClock();
  const spool = new Spool({ directory: directory.file("spool"), bytesMax: 1e9 }, deps(clock));
  const outbox = new Outbox({ clock, spool, sequence: new Sequence(directory.file("sequence"), 0) });
  outbox.begin({ send: () => undefined, waitingBytes: 0, renew: () => undefined }, []);
  for (let index = 1; index <= 5; index++) {
    outbox.take({ define: '[{"metric":"a"}]', rows: `[[${index},${index}]]`, at: index, samples: 1 });
  }
  outbox.acknowledge([
    [2, 2],
    [4, 5],
  ]);
  expect(outbox.head).toBe(1);
  outbox.end();
  expect(spool.oldest(10, () => false).map((batch) => batch.seq)).toEqual([1, 3]);
  outbox.acknowledge([[1, 3]]);
  expect([spool.isEmpty, outbox.head]).toEqual([true, 6]);
  spool.close();
});

test("a session that has as many layouts as it may is replaced by another", async () => {
  await using directory = await temporaryDirectory("away");
  const clock = new FakeClock();
  const spool = new Spool({ directory: directory.file("spool"), bytesMax: 1e9 }, deps(clock));
  const outbox = new Outbox({ clock, spool, sequence: new Sequence(directory.file("sequence"), 0) });
  const hub = new PackHub(clock, () => 1);
  let renewed = 0;
  const renewing = (): Sender => ({
    ...hub.sender(outbox),
    waitingBytes: 0,
    renew() {
      renewed++;
      outbox.end();
      outbox.begin(renewing(), hub.received());
    },
  });
  outbox.begin(renewing(), []);
  for (let index = 1; index <= 70; index++) {
    const define = `[{"metric":"readings_total","labels":{"n":"${index}"}}]`;
    outbox.take({ define, rows: `[[${index},${index}]]`, at: index, samples: 1 });
    await clock.advance(5_000);
  }
  expect(renewed).toBe(1);
  expect(hub.rows.size).toBe(70);
  outbox.end();
  spool.close();
});

test("kill -9 of an agent that spools: every reading that was said to be durable is there after the restart", async () => {
  await using directory = await temporaryDirectory("away");
  for (let run = 0; run < 5; run++) {
    const state = directory.file(`run-${run}`);
    const script = new URL("./spooling-child.ts", import.meta.url).pathname;
    await using child = await startProgram([process.execPath, script, state]);
    await waitFor(() => child.stdout.split("\n").length > 20 + run * 37, { describe: "some durable batches" });
    await child.stop("SIGKILL");
    const durable = child.stdout.split("\n").slice(0, -1).map(Number);
    const spool = new Spool({ directory: state, bytesMax: 1e9 }, deps(new FakeClock()));
    const found = new Set(spool.oldest(1e6, () => false).map((batch) => batch.seq));
    expect(durable.filter((seq) => !found.has(seq))).toEqual([]);
    expect(spool.damagedRecords).toBe(0);
    spool.close();
  }
});

test("a clean stop spools what the hub has not acknowledged, and the next run brings it", async () => {
  await using directory = await temporaryDirectory("away");
  await using hub = await ScriptedHub.start();
  const stateDirectory = directory.file("state");
  await joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory });
  const start = (kinds = [countingKind()]) =>
    runAgent(testConfig(stateDirectory, { intervalMs: 500 }), {
      log: silentLogger,
      host: emptyHost,
      kinds,
      random: () => 0,
    });
  hub.script.acknowledges = false;
  hub.script.intercept = (frame) => frame.t === "batch";
  const seen = () => hub.received.flatMap((frame) => (frame.t === "batch" ? [frame.seq] : []));
  const first = await start();
  await waitFor(() => seen().length >= 2, { describe: "two batches on their way" });
  await first.stop();
  const sent = seen();
  expect(readdirSync(directory.file("state", "spool"))).toHaveLength(1);
  hub.script.acknowledges = true;
  hub.script.intercept = () => false;
  const second = await start();
  await waitFor(() => sent.every((seq) => hub.stored.has(seq)), { describe: `batches ${sent.join()}` });
  await second.stop();
  expect(hub.rows.filter((row) => sent.includes(row.seq)).every((row) => row.late)).toBe(true);
  expect(hub.doubled).toEqual([]);
  await settle();
});

test("SIGTERM ends the program with code 0, also while the hub is away", async () => {
  await using directory = await temporaryDirectory("away");
  const state = directory.file("state");
  {
    await using hub = await ScriptedHub.start();
    const joined = await runProgram(
      [process.execPath, AGENT_PROGRAM, "join", hub.url, "--name", "web-1", "--state", state],
      {
        stdin: hub.mintToken(),
      },
    );
    expect(joined.stdout).toContain('Joined as "web-1"');
  }
  await using agent = await startProgram([
    process.execPath,
    AGENT_PROGRAM,
    "run",
    "--state",
    state,
    "--interval-ms",
    "500",
  ]);
  await agent.says(/not connected to the hub/);
  await waitFor(() => readdirSync(`${state}/spool`).length > 0, { describe: "spooled samples" });
  expect(await agent.stop("SIGTERM")).toEqual({ code: 0, signal: null });
});
