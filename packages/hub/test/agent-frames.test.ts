import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { escapeControls } from "@muster/node-kit";
import type { WireFacts } from "@muster/protocol";
import { connectAs, ScriptedAgent, waitFor } from "@muster/testkit";
import type { ScriptedIdentity } from "@muster/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

const SERIES_MAX = 500;
const MIB = 1024 * 1024;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ argv: ["--series-per-server-max", String(SERIES_MAX)] });
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Waits until the hub has taken all that was sent before, or has closed; its code, or undefined while open. */
async function settled(agent: ScriptedAgent): Promise<number | undefined> {
  const count = agent.frames.length;
  agent.send({ t: "are-you-done" });
  await waitFor(() => agent.closed ?? agent.frames.slice(count).some((frame) => frame.t === "unsupported"), {
    intervalMs: 2,
    describe: "the hub has taken every frame",
  });
  return agent.closed?.code;
}

const FACTS: WireFacts = {
  hostName: "h",
  osName: null,
  osVersion: null,
  osId: null,
  kernel: null,
  architecture: null,
  cpuModel: null,
  cpuCount: 2,
  memoryBytes: 1,
  virtualisation: null,
  container: null,
  bootId: null,
  addresses: [],
  externalAddress: null,
  nodeVersion: null,
  sources: {},
};

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "a\u0000b",
  "\u001b]52;c;aGk=\u0007\u001b[31m",
  "\u202Egnp.exe",
  "'; DROP TABLE server; --",
  '\r\n{"level":"info"}',
  "=cmd|'/c calc'!A1",
  "\uD800 half",
];

test("AG-17 hostile texts in labels and facts come back through the API as the same inert text", async () => {
  const identity = await hub.join("hostile");
  await using agent = await connectAs(hub.address, identity);
  agent.send({ t: "facts", facts: { ...FACTS, hostName: HOSTILE[0], kernel: HOSTILE[1], cpuModel: HOSTILE[3] } });
  agent.batch(
    1,
    Date.now(),
    HOSTILE.map((_, index) => index),
    {
      define: HOSTILE.map((text) => ({ metric: "test_hostile", labels: { text } })),
    },
  );
  await agent.acknowledged(1);
  const { items } = (
    await hub.ask<{ items: { labels: Record<string, string> }[] }>("GET", `servers/${identity.serverId}/series`)
  ).body;
  // Half a character has no UTF-8 and cannot come back as it was.
  const sound = HOSTILE.filter((text) => text.isWellFormed());
  expect(items.map(({ labels }) => labels["text"])).toEqual(expect.arrayContaining(sound));
  const server = await hub.server(identity.serverId);
  expect(server.facts).toMatchObject({ hostName: HOSTILE[0], kernel: HOSTILE[1], cpuModel: HOSTILE[3] });
  for (const line of hub.logLines) expect(escapeControls(line.trimEnd())).toBe(line.trimEnd());
});

test("AG-17 __proto__ and its kin as metric, label name or field pollute nothing", async () => {
  const identity = await hub.join("polluter");
  await using agent = await connectAs(hub.address, identity);
  const at = Date.now();
  agent.send(
    `{"t":"batch","seq":1,"layout":0,"__proto__":{"polluted":1},"define":[` +
      `{"metric":"__proto__"},{"metric":"constructor"},{"metric":"test_kin","labels":{"__proto__":"x","constructor":"y"}},` +
      `{"metric":"test_deep","labels":{"__proto__":{"polluted":1}}},{"metric":"test_sound"}],"rows":[[${at},1,2,3,4,5]]}`,
  );
  agent.send({ t: "facts", facts: JSON.parse('{"__proto__":{"polluted":1}}') as object });
  await waitFor(() => agent.closed ?? agent.isAcknowledged(1), { describe: "taken or refused" });
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  const { body } = await hub.ask<{ items: { metric: string }[] }>("GET", `servers/${identity.serverId}/series`);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  expect(body.items.map(({ metric }) => metric)).not.toContain("__proto__");
});

test("AG-17 names and facts beyond their bounds are refused or not stored; the hub keeps what it had", async () => {
  const identity = await hub.join("oversized");
  {
    await using agent = await connectAs(hub.address, identity);
    agent.send({ t: "facts", facts: FACTS });
    const long = "x".repeat(257);
    agent.batch(1, Date.now(), [1, 2, 3], {
      define: [{ metric: `m${"x".repeat(128)}`.slice(0, 128) }, { metric: "Bad-Name" }, { metric: "test_ok" }],
    });
    await agent.acknowledged(1);
    agent.batch(2, Date.now(), [1], { define: [{ metric: "test_long", labels: { text: long } }] });
    expect((await agent.end()).code).toBe(4400);
  }
  const sources = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`field${index}`, "y".repeat(200)]));
  for (const facts of [
    { ...FACTS, hostName: "x".repeat(257) },
    { ...FACTS, addresses: Array.from({ length: 65 }, () => "::1") },
    { ...FACTS, sources },
  ]) {
    await using agent = await connectAs(hub.address, identity);
    agent.send({ t: "facts", facts });
    expect(await settled(agent)).toBe(4400);
  }
  expect((await hub.server(identity.serverId)).facts).toEqual(FACTS);
});

test("AG-17 a name of 10 MB ends the connection at the limit of a frame", async () => {
  await using agent = await ScriptedAgent.open(hub.address);
  await agent.greet();
  agent.send({ t: "enroll", tokenId: "0123456789", name: "n".repeat(10 * MIB), agentPub: "", mac: "", sig: "" });
  expect((await agent.end()).code).toBe(1009);
});

test("AG-17 hostile process names pass the API as text, and an answer of a wrong form is an error of the server", async () => {
  const identity = await hub.join("processes");
  await using agent = await connectAs(hub.address, identity);
  const answer = async (result: object): Promise<{ status: number; body: { processes?: { name: string }[] } }> => {
    const asked = hub.ask<{ processes?: { name: string }[] }>("GET", `servers/${identity.serverId}/processes`);
    const { id } = await agent.next("call");
    agent.send({ t: "reply", id, ok: true, result });
    return asked;
  };
  const process = {
    pid: 1,
    ppid: 0,
    name: HOSTILE[0],
    commandLine: HOSTILE[2],
    user: HOSTILE[3],
    state: "S",
    cpuRatio: null,
    residentBytes: 1,
    threads: 1,
    startedAt: 1,
    startTicks: 1,
  };
  const good = await answer({ at: 1, total: 1, processes: [process] });
  expect(good.body.processes?.[0]).toEqual(process);
  for (const processes of [
    [{ ...process, name: "n".repeat(257) }],
    Array.from({ length: 2_001 }, () => process),
    "none",
  ]) {
    expect((await answer({ at: 1, total: 1, processes })).status).toBe(500);
  }
  expect(agent.closed).toBeUndefined();
});

test("WS-03 a frame above 1 MiB closes with 1009, before and after the proof; one just below is taken", async () => {
  {
    await using agent = await ScriptedAgent.open(hub.address);
    agent.send("x".repeat(MIB + 1));
    expect((await agent.end()).code).toBe(1009);
  }
  const identity = await hub.join("big-frames");
  await using agent = await connectAs(hub.address, identity);
  agent.batch(1, Date.now(), [1]);
  const frame = JSON.stringify({ t: "batch", seq: 2, layout: 0, rows: [[Date.now() + 1, 2]], ignored: "" });
  agent.send(frame.replace('"ignored":""', `"ignored":"${"x".repeat(MIB - Buffer.byteLength(frame))}"`));
  await agent.acknowledged(2);
  agent.send(Buffer.alloc(MIB + 1));
  expect((await agent.end()).code).toBe(1009);
});

test("DS-05 packs that unfold too large, are coded otherwise, cut, too many or hold no batch end the link, in bounded memory", async () => {
  const identity = await hub.join("bombs");
  const line = JSON.stringify({
    t: "batch",
    seq: 1,
    layout: 0,
    define: [{ metric: "test_0" }],
    rows: [[Date.now(), 1]],
  });
  const good = deflateRawSync(`${line}\n`);
  {
    await using agent = await connectAs(hub.address, identity);
    agent.send(good);
    await agent.acknowledged(1);
  }
  const bombs: Readonly<Record<string, Uint8Array>> = {
    zeros: deflateRawSync(Buffer.alloc(64 * MIB)),
    soundButTooLarge: deflateRawSync(line.replace(/}$/, `,"ignored":"${" ".repeat(4 * MIB)}"}`)),
    justTooLarge: deflateRawSync(" ".repeat(4 * MIB + 1)),
    lines: deflateRawSync("\n".repeat(4 * MIB)),
    manyBatches: deflateRawSync(`${line}\n`.repeat(201)),
    blankBetween: deflateRawSync(`${line}\n\n${line}\n`),
    gzip: gzipSync(Buffer.alloc(64 * MIB)),
    zlib: deflateSync(line),
    brotli: brotliCompressSync(Buffer.alloc(MIB)),
    zstd: zstdCompressSync(Buffer.alloc(64 * MIB)),
    cut: good.subarray(0, good.length - 5),
    noBatch: deflateRawSync('{"t":"facts","facts":{}}'),
    packOfPack: deflateRawSync(deflateRawSync(line)),
    empty: new Uint8Array(0),
  };
  const before = process.memoryUsage().rss;
  for (const [name, bomb] of Object.entries(bombs)) {
    await using agent = await connectAs(hub.address, identity, { lastSeq: 1 });
    agent.send(bomb);
    expect({ name, code: await settled(agent) }).toEqual({ name, code: 4400 });
    expect(agent.closed?.reason, name).toMatch(/pack|not JSON/);
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * MIB);
});

test(
  "AG-20 a million series of one agent are capped, and another agent is served meanwhile",
  { timeout: 60_000 },
  async () => {
    const [greedy, modest] = await Promise.all([hub.join("greedy"), hub.join("modest")]);
    await using agent = await connectAs(hub.address, greedy);
    await using other = await connectAs(hub.address, modest);
    const frames = 500;
    const perFrame = 2_000;
    const waits: number[] = [];
    const at = Date.now();
    for (let frame = 1; frame <= frames; frame++) {
      const define = Array.from({ length: perFrame }, (_, index) => ({ metric: `g${frame}_${index}` }));
      agent.send({ t: "batch", seq: frame, layout: frame % 60, define, rows: [[at + frame, ...define.map(() => 1)]] });
      if (frame % 50 !== 0) continue;
      const seq = frame / 50;
      const startedMs = performance.now();
      other.batch(seq, at + seq, [seq]);
      await other.acknowledged(seq, 20_000);
      waits.push(performance.now() - startedMs);
    }
    await agent.acknowledged(frames, 40_000);
    const { body } = await hub.ask<{ items: unknown[] }>("GET", `servers/${greedy.serverId}/series`);
    expect(body.items).toHaveLength(SERIES_MAX);
    expect(await hub.tally(modest.serverId, "test_0", at - 60_000, at + 60_000)).toEqual({ count: 10, sum: 55 });
    // Said once, however often it happens.
    expect(
      hub.logged("some series of a server are not stored").filter((line) => line.includes(greedy.serverId)),
    ).toHaveLength(1);
    console.info(`a modest agent waited at most ${Math.round(Math.max(...waits))} ms beside a greedy one`);
  },
);

test("a session has at most 64 layouts, and a batch needs a defined one", async () => {
  const identity = await hub.join("layouts");
  {
    await using agent = await connectAs(hub.address, identity);
    for (let layout = 0; layout < 64; layout++) agent.batch(layout + 1, Date.now() + layout, [1], { layout });
    agent.batch(65, Date.now() + 65, [1], { layout: 3 });
    await agent.acknowledged(65);
    agent.batch(66, Date.now() + 66, [1], { layout: 64 });
    expect(await agent.end()).toMatchObject({ code: 4400, reason: "too many layouts" });
  }
  await using agent = await connectAs(hub.address, identity);
  agent.send({ t: "batch", seq: 70, layout: 0, rows: [[Date.now(), 1]] });
  expect((await agent.end()).code).toBe(4400);
});

/** Codes that are an answer to nonsense; 1012 would be a failure of the hub's own. */
const ANSWERS = new Set([4400, 4401, 4403, 4426, 1002, 1007, 1009]);

const soundFrames = (identity: ScriptedIdentity): readonly string[] =>
  [
    { t: "begin", versions: [1], agentNonce: "A".repeat(43) },
    {
      t: "enroll",
      tokenId: "0123456789",
      name: "fuzz",
      agentPub: "A".repeat(59),
      mac: "A".repeat(43),
      sig: "A".repeat(86),
    },
    { t: "auth", body: `{"agentId":"${identity.agentId}"}`, sig: "A".repeat(86) },
    {
      t: "batch",
      seq: 5,
      layout: 0,
      define: [{ metric: "test_0", labels: { a: "b" } }],
      rows: [[1, 2, null]],
      late: true,
    },
    { t: "facts", facts: FACTS },
    { t: "policy", policyHash: "x", policySummary: { state: "broken", why: "w", entries: ["e"] } },
    { t: "reply", id: 1, ok: true, result: { at: 1 } },
    { t: "reply", id: 1, ok: false, error: "no" },
    { t: "result", body: '{"cmd":"c","outcome":"failed","detail":"","startedAt":1,"endedAt":2}', sig: "A".repeat(86) },
    { t: "rotate", newPub: "A".repeat(59), sigOld: "A".repeat(86), sigNew: "A".repeat(86) },
    { t: "items", id: 1, items: [{ at: 1, cursor: "c", level: 3, text: "x", stream: null }, { caughtUp: true }] },
    { t: "end", id: 1, error: "policy: no" },
  ].map((frame) => JSON.stringify(frame));

/** Sound frames with bytes changed, values replaced by odd ones, or anything at all, as text or as bytes. */
function frameArbitrary(identity: ScriptedIdentity): fc.Arbitrary<string | Uint8Array> {
  const sound = soundFrames(identity);
  const oddValue = fc.constantFrom(
    ...["null", "-1", "1e308", "9007199254740993", "[]", "{}", '""', "true", '{"toString":1}', '{"t":{}}', '"\\u0000"'],
    "[".repeat(5_000) + "]".repeat(5_000),
    '{"a":'.repeat(5_000) + "1" + "}".repeat(5_000),
    JSON.stringify(Array.from({ length: 3_000 }, () => 0)),
  );
  const replaced = fc.tuple(fc.constantFrom(...sound), fc.nat(), oddValue).map(([frame, which, value]) => {
    const places = [...frame.matchAll(/(?<=:)(?:"[^"]*"|\d+|true|false|null|\[[^[\]]*\])/g)];
    const place = places[which % places.length]!;
    return frame.slice(0, place.index) + value + frame.slice(place.index + place[0].length);
  });
  const mutated = fc
    .tuple(fc.constantFrom(...sound), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
    .map(([frame, changes]) => {
      const bytes = Buffer.from(frame);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes.toString("utf8");
    });
  return fc.oneof(
    { weight: 3, arbitrary: replaced },
    { weight: 3, arbitrary: mutated },
    { weight: 1, arbitrary: fc.constantFrom(...sound) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ maxLength: 300 }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => deflateRawSync(bytes)) },
    { weight: 1, arbitrary: mutated.map((text) => deflateRawSync(text)) },
  );
}

test(
  "AG-18 random and mutated frames at every step are refused with a close code or ignored; the hub goes on",
  { timeout: 60_000 },
  async () => {
    const identity = await hub.join("fuzz");
    const steps = fc.constantFrom("opening", "greeted", "ready");
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(frameArbitrary(identity), { minLength: 1, maxLength: 8 }),
        async (step, frames) => {
          await using agent = await ScriptedAgent.open(hub.address);
          if (step === "greeted") await agent.greet();
          if (step === "ready") await agent.authenticate(identity, { lastSeq: 1_000_000 });
          for (const frame of frames) agent.send(frame);
          if (step === "ready") {
            const code = await settled(agent);
            if (code !== undefined && !ANSWERS.has(code))
              throw new Error(`closed with ${code}: ${agent.closed?.reason}`);
          } else {
            // What is no proof is ended by the first nonsense or by the limit of time; both are a close.
            agent.send("{");
            agent.send({ t: "begin", versions: [1], agentNonce: "" });
            agent.send("{");
            const { code, reason } = await agent.end();
            if (!ANSWERS.has(code)) throw new Error(`closed with ${code}: ${reason}`);
          }
        },
      ),
      { numRuns: Number(process.env["MUSTER_FUZZ_RUNS"] ?? 150) },
    );
    expect(hub.logged("an agent's frame failed")).toEqual([]);
    await using agent = await connectAs(hub.address, await hub.join("after-fuzz"));
    agent.batch(1, Date.now(), [1]);
    await agent.acknowledged(1);
  },
);
