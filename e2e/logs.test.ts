import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import type { LogItemView, Server } from "@muster/protocol";
import { freePort, needs, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Program } from "@muster/testkit";
import { beforeAll, expect, test } from "vitest";
import { joinAndStartAgent, startAgent } from "./support/agent-program.ts";
import { keepEvidence } from "./support/evidence.ts";
import { HubClient } from "./support/hub-client.ts";
import { ADMIN, startHubProgram } from "./support/hub-program.ts";
import { buildPrograms } from "./support/programs.ts";

// The policy file must belong to root.
const describeRoot = await needs("root");
const evidence = keepEvidence();
beforeAll(buildPrograms, 180_000);

/** A hub and an agent as programs, and one file that the policy lists. */
async function world() {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("logs"));
  const path = directory.file("app.log");
  writeFileSync(path, "");
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const policy = directory.file("etc", "policy.yaml");
  writeFileSync(policy, `version: 1\nallow:\n  - {action: logs.read, driver: file, files: [${path}]}\n`, {
    mode: 0o644,
  });
  const listen = `127.0.0.1:${await freePort()}`;
  const startHub = () => startHubProgram({ directory: directory.path, listen });
  let hub = await startHub();
  cleanup.defer(() => hub.program.stop().then(() => undefined));
  const client = new HubClient({ publicUrl: `http://${listen}` });
  await client.signIn(ADMIN.name, ADMIN.password);
  const place = { state: directory.file("agent"), env: { MUSTER_AGENT_POLICY: policy } };
  const { token } = await client.call("POST /api/v1/join-tokens", { body: { name: "web" } });
  let agent: Program = await joinAndStartAgent(`http://${listen}`, token, "web", place);
  cleanup.defer(() => agent.stop().then(() => undefined));
  evidence.add("hub.log", () => hub.program.output);
  evidence.add("agent.log", () => agent.output);
  const isOnline = (one: Server): boolean => one.presence.is === "online";
  const { id } = await client.serverWhen("web", "is online", isOnline);
  const owned = cleanup.move();
  return {
    ...{ path, client },
    closeLog: () => writeFileSync(policy, "version: 1\nallow: []\n"),
    hubPid: () => hub.program.pid,
    agentPid: () => agent.pid,
    async restartHub() {
      await hub.program.stop();
      hub = await startHub();
    },
    async killAgent() {
      agent.signal("SIGKILL");
      await agent.exited;
      agent = await startAgent(place);
    },
    /** The log's answer; throws what the hub refuses it with. */
    async open(query: string, signal?: AbortSignal): Promise<ReadableStreamDefaultReader<Uint8Array>> {
      const { name, value } = client.cookie;
      const url = `http://${listen}/api/v1/logs?file=${id}:${path}&${query}`;
      const response = await fetch(url, { headers: { cookie: `${name}=${value}` }, ...(signal && { signal }) });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      return response.body!.getReader();
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Reads rows until the answer ends, is cut off, or so many have come. */
async function rowsOf(reader: ReadableStreamDefaultReader<Uint8Array>, most: number): Promise<LogItemView[]> {
  const decoder = new TextDecoder();
  const rows: LogItemView[] = [];
  let rest = "";
  while (rows.length < most) {
    const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
    if (done || value === undefined) break;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = parts.pop()!;
    rows.push(...parts.map((part) => JSON.parse(part) as LogItemView));
  }
  return rows;
}

const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;

describeRoot("logs from end to end", () => {
  test("[AL38] [AL39] [AL40] [AL41] a rule counts lines of a real log, each once over a restart of the hub, and says when it cannot", async () => {
    await using at = await world();
    const { client } = at;
    const says = (text: string): void => appendFileSync(at.path, `${new Date().toISOString()} ${text}\n`);
    const levels = (["info", "warning", "error", "critical"] as const).map((severity, index) => ({
      severity,
      threshold: index + 2,
    }));
    says("ERROR boom password=hunter2");
    const { id: ruleId } = await client.call("POST /api/v1/rules", {
      body: {
        ...{ name: "Boom", forMs: 0, clearForMs: 0 },
        condition: { is: "log", files: [at.path], pattern: "b[o]+m", isExpression: true, windowMs: 600_000, levels },
      },
    });
    says("all is well");
    says("ERROR boom again");
    const incidentWhen = (severity: string) =>
      waitFor(
        async () => {
          const { items } = await client.call("GET /api/v1/incidents");
          return items.find((one) => one.ruleId === ruleId && one.severity === severity);
        },
        { timeoutMs: 20_000, describe: `an incident of ${severity}` },
      );
    const { id } = await incidentWhen("info");
    const detail = await waitFor(
      async () => {
        const found = await client.call("GET /api/v1/incidents/{id}", { params: { id } });
        return found.evidence === null ? undefined : found;
      },
      { timeoutMs: 20_000, describe: "its evidence" },
    );
    expect(detail.members[0]?.title).toBe(`web: ${at.path}: “b[o]+m” 2 times within 10m`);
    const texts = detail.evidence!.logLines.map(({ text }) => text.replace(/^\S+ /, ""));
    expect(texts).toEqual(["ERROR boom password=[redacted]", "ERROR boom again"]);

    const openings = async () => {
      const { items } = await client.call("GET /api/v1/audit", { query: { limit: 200 } });
      return items.filter(({ action, door }) => action === "logs.read" && door === "rule");
    };
    const before = await openings();
    expect(before[0]).toMatchObject({ actor: ADMIN.name, decision: "allowed", target: `web/${at.path}` });
    await at.restartHub();
    await waitFor(async () => (await openings()).length > before.length, {
      timeoutMs: 30_000,
      describe: "the log is opened again",
    });
    says("ERROR boom once more");
    // Counted twice, it would be worse at once.
    expect((await incidentWhen("warning")).id).toBe(id);

    at.closeLog();
    const troubles = await waitFor(
      async () => {
        const { items } = await client.call("GET /api/v1/rules");
        const found = items.find((one) => one.id === ruleId)?.logTroubles ?? [];
        return found.length > 0 ? found : undefined;
      },
      { timeoutMs: 20_000, describe: "what cannot be read" },
    );
    expect(troubles).toEqual([expect.stringContaining(`web/${at.path}: `)]);
  }, 90_000);

  test("[LG3] a reader that goes on with its last cursor misses nothing and sees nothing twice, when the hub restarts, the agent is killed and the file is rotated", async () => {
    await using at = await world();
    let written = 0;
    const writer = setInterval(() => appendFileSync(at.path, `line ${written++}\n`), 5);
    const texts: string[] = [];
    const gaps: string[] = [];
    let cursor = "";
    /** Follows until it is cut off or has so many more lines. */
    const follow = async (lines: number, opened?: () => void): Promise<void> => {
      const stop = new AbortController();
      const query = cursor === "" ? "follow=true&lines=100000" : `follow=true&after=${encodeURIComponent(cursor)}`;
      const reader = await waitFor(() => at.open(query, stop.signal), {
        timeoutMs: 30_000,
        describe: "the log opens again",
      });
      opened?.();
      for (const row of await rowsOf(reader, lines)) {
        if ("gap" in row) {
          if (row.gap.why !== "The server is not connected now.") gaps.push(row.gap.why);
          continue;
        }
        texts.push(row.text);
        cursor = row.cursor;
      }
      stop.abort();
    };
    /** Does this while the log is being followed, and waits until that is cut off. */
    const whileFollowing = async (work: () => Promise<void>): Promise<void> => {
      const opened = Promise.withResolvers<void>();
      const following = follow(1_000_000, opened.resolve);
      await opened.promise;
      await work();
      await following;
    };
    try {
      await follow(100);
      await whileFollowing(at.restartHub);
      await follow(100);
      await whileFollowing(at.killAgent);
      await follow(50);
      renameSync(at.path, `${at.path}.1`);
      writeFileSync(at.path, "");
      await follow(100);
    } finally {
      clearInterval(writer);
    }
    const last = written - 1;
    while (texts.at(-1) !== `line ${last}`) await follow(1);
    expect(gaps).toEqual([]);
    expect(texts).toEqual(Array.from({ length: written }, (_, index) => `line ${index}`));
  });

  test("[LG20] 200 MB through a slow reader: memory stays flat, every line comes", async () => {
    await using at = await world();
    const descriptor = openSync(at.path, "a");
    const filler = "x".repeat(980);
    const total = 200_000;
    for (let index = 0; index < total; index += 1_000) {
      let block = "";
      for (let each = index; each < index + 1_000; each++) block += `${String(each).padStart(10, "0")} ${filler}\n`;
      writeSync(descriptor, block);
    }
    closeSync(descriptor);
    const before = [residentBytes(at.agentPid()), residentBytes(at.hubPid())];
    const peaks = [...before];
    const reader = await at.open("lines=100000");
    const decoder = new TextDecoder();
    const whole = await at.open("follow=true&after=" + encodeURIComponent(await firstCursor(reader)));
    let seen = 0;
    let rest = "";
    let expected = -1;
    while (seen < 99_000) {
      const { value } = await whole.read();
      const parts = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = parts.pop()!;
      for (const part of parts) {
        const row = JSON.parse(part) as LogItemView;
        if ("gap" in row) throw new Error(row.gap.why);
        const number = Number(row.text.slice(0, 10));
        if (expected >= 0) expect(number).toBe(expected);
        expected = number + 1;
        seen++;
      }
      // A reading of memory for every piece makes this the slow end.
      for (const [index, pid] of [at.agentPid(), at.hubPid()].entries())
        peaks[index] = Math.max(peaks[index]!, residentBytes(pid));
    }
    await whole.cancel().catch(() => undefined);
    const grownMegabytes = peaks.map((peak, index) => Math.round((peak - before[index]!) / 1024 ** 2));
    expect(grownMegabytes[0]).toBeLessThan(60);
    expect(grownMegabytes[1]).toBeLessThan(150);
  });
});

async function firstCursor(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const [row] = await rowsOf(reader, 1);
  await reader.cancel();
  if (row === undefined || !("text" in row)) {
    if (row !== undefined && "gap" in row) throw new Error(row.gap.why);
    throw new Error("there is no line");
  }
  return row.cursor;
}
