import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { ERRORS } from "@muster/core";
import { needs, runProgram, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Program, TemporaryDirectory } from "@muster/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { joinAndStartAgent } from "./support/agent-program.ts";
import { keepEvidence } from "./support/evidence.ts";
import { HubClient } from "./support/hub-client.ts";
import { ADMIN, hubEnvironment, signedInClient, startHubProgram } from "./support/hub-program.ts";
import { buildPrograms, musterArgv } from "./support/programs.ts";
import { emptySmallDisk, fillSmallDisk, startWithSmallDisk } from "./support/small-disk.ts";

const evidence = keepEvidence();
let directory: TemporaryDirectory;

beforeAll(buildPrograms);
beforeEach(async () => {
  directory = await temporaryDirectory("first-run");
});
afterEach(() => directory[Symbol.asyncDispose]());

/** What `npm start` runs after installing and building. */
async function startUp(): Promise<Program & { readonly address: string; readonly setupUrl: string | undefined }> {
  const program = await startProgram([...musterArgv, "up", "--listen", "127.0.0.1:0"], {
    env: { ...hubEnvironment(directory.path), NO_COLOR: "1" },
  });
  evidence.add("up.log", () => program.output);
  const [, address = ""] = await program.says(/Address +(\S+)/);
  await program.says(/Data +\S+/);
  return Object.assign(program, { address, setupUrl: /Sign up +(\S+)/.exec(program.stdout)?.[1] });
}

/** Processes whose environment or arguments name this directory. */
const processesOf = (path: string): readonly string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        return ["cmdline", "environ"].some((file) => readFileSync(`/proc/${pid}/${file}`, "utf8").includes(path));
      } catch {
        return false;
      }
    });

/** Runs a hub that must not start. */
const refusedHub = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runProgram([...musterArgv, "hub", ...args], {
    env: { ...hubEnvironment(directory.path), ...env },
    timeoutMs: 20_000,
  });

describe("muster up", () => {
  test("on a fresh directory it prints address and sign-up link, and this machine is live; stopped and started again it is the same server with its history", async () => {
    let serverId: string;
    let firstReadingAt: number;
    {
      await using first = await startUp();
      expect(first.setupUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/setup#/);
      const client = new HubClient({ publicUrl: first.address });
      await client.setUp(first.setupUrl ?? "", ADMIN.name, ADMIN.password);
      const server = await waitFor(
        async () =>
          (await client.servers()).find((one) => one.presence.is === "online" && one.summary.cpuBusyRatio !== null),
        { timeoutMs: 20_000, intervalMs: 150, describe: () => `this machine is live; it said\n${first.output}` },
      );
      expect(server.state).toBe("active");
      expect(server.summary.memoryTotalBytes).toBeGreaterThan(100e6);
      expect(server.policy?.state).toBe("monitor-only");
      serverId = server.id;
      firstReadingAt = server.summary.at ?? 0;
      // The link works once.
      const again = await new HubClient({ publicUrl: first.address }).refusal("POST /api/v1/setup", {
        body: { code: new URL(first.setupUrl ?? "").hash.slice(1), name: "mallory", password: "x".repeat(20) },
      });
      expect(again).toMatchObject({ status: ERRORS.SETUP_DONE.status, code: "SETUP_DONE" });
      expect(await first.stop("SIGTERM")).toEqual({ code: 0, signal: null });
    }
    // Hub and agent are both gone, or a second agent would speak with the same key.
    await waitFor(() => processesOf(directory.path).length === 0, {
      describe: () => `no process is left, but there are ${processesOf(directory.path).join(", ")}`,
    });
    expect(statSync(directory.file("data")).mode & 0o777).toBe(0o700);

    // Another port this time: the agent follows its own hub.
    await using second = await startUp();
    expect(second.setupUrl).toBeUndefined();
    const client = await signedInClient({ publicUrl: second.address });
    const back = await waitFor(
      async () =>
        (await client.servers()).find((one) => one.presence.is === "online" && (one.summary.at ?? 0) > firstReadingAt),
      { timeoutMs: 20_000, intervalMs: 150, describe: () => `this machine is live again; it said\n${second.output}` },
    );
    expect(back.id).toBe(serverId);
    expect(await client.servers()).toHaveLength(1);
    const { series } = await client.call("GET /api/v1/metrics/query", {
      query: {
        server: serverId,
        metric: "cpu_busy_ratio",
        from: firstReadingAt - 1,
        to: firstReadingAt + 1_000,
        step: 1_001,
      },
    });
    expect(series.flatMap((one) => one.values).filter((value) => value !== null)).toHaveLength(1);
    expect(await second.stop("SIGINT")).toEqual({ code: 0, signal: null });
    await waitFor(() => processesOf(directory.path).length === 0, { describe: "no process is left" });
  });
});

describe("what keeps a hub from starting is said with its documented exit code", () => {
  test("a taken port", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = taken.address() as AddressInfo;
      const { exitCode, stderr } = await refusedHub(["--listen", `127.0.0.1:${port}`]);
      expect(exitCode).toBe(ERRORS.ADDRESS_IN_USE.exit);
      expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken`);
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  test("a second hub on one directory, which names the first", async () => {
    await using first = await startHubProgram({ directory: directory.path });
    const { exitCode, stderr } = await refusedHub(["--listen", "127.0.0.1:0"]);
    expect(exitCode).toBe(ERRORS.DATA_DIRECTORY_IN_USE.exit);
    expect(stderr).toContain(`process ${first.program.pid}`);
    const client = await signedInClient({ publicUrl: first.address });
    expect((await client.call("GET /api/v1/status")).storage.state).toBe("working");
    expect(await first.program.stop()).toEqual({ code: 0, signal: null });
  });

  test("an unreadable configuration file", async () => {
    const { exitCode, stderr } = await refusedHub(["--config", directory.file("absent.yaml")]);
    expect(exitCode).toBe(ERRORS.CONFIG_INVALID.exit);
    expect(stderr).toContain("absent.yaml");
    expect(existsSync(directory.file("data"))).toBe(false);
  });

  test("a wrong configuration: every problem at once with its path, and nothing half started", async () => {
    writeFileSync(directory.file("hub.yaml"), "listen: nowhere\nretentionDay: 3\nintervalMs: soon\n");
    const { exitCode, stderr } = await refusedHub(["--config", directory.file("hub.yaml")]);
    expect(exitCode).toBe(ERRORS.CONFIG_INVALID.exit);
    for (const path of ["listen", "retentionDay", "intervalMs"]) expect(stderr).toContain(`hub.yaml: ${path}: `);
    expect(stderr).toContain("retentionDays");
    expect(existsSync(directory.file("data"))).toBe(false);
  });

  test("a data directory that others may read", async () => {
    mkdirSync(directory.file("data"));
    chmodSync(directory.file("data"), 0o755);
    const { exitCode, stderr } = await refusedHub(["--listen", "127.0.0.1:0"]);
    expect(exitCode).toBe(ERRORS.DATA_DIRECTORY_UNSAFE.exit);
    expect(stderr).toContain("cannot be used");
  });

  test("a lost key-encryption key", async () => {
    {
      await using hub = await startHubProgram({ directory: directory.path });
      await hub.program.stop();
    }
    const { exitCode } = await refusedHub(["--listen", "127.0.0.1:0"], { MUSTER_KEK_FILE: directory.file("another") });
    expect(exitCode).toBe(ERRORS.KEY_MISSING.exit);
  });
});

const describeRoot = await needs("root");

describeRoot("a full disk under the hub", () => {
  test("reading works, writing says so, and both go on by themselves once there is space", async () => {
    const disk = directory.file("data");
    await using hub = await startHubProgram({
      directory: directory.path,
      env: { MUSTER_INTERVAL_MS: "1000" },
      start: (argv, options) => startWithSmallDisk(disk, "16m", argv, options),
    });
    evidence.add("hub.log", () => hub.program.output);
    const client = await signedInClient({ publicUrl: hub.address });
    const { token } = await client.call("POST /api/v1/join-tokens", { body: { name: "reader" } });
    await using agent = await joinAndStartAgent(hub.address, token, "reader", { state: directory.file("agent") });
    evidence.add("agent.log", () => agent.output);
    const server = await client.serverWhen("reader", "is live", (one) => one.summary.cpuBusyRatio !== null);
    const stateOf = async (): Promise<string> => (await client.call("GET /api/v1/status")).storage.state;

    expect(fillSmallDisk(hub.program, disk)).toBeGreaterThan(0);
    await waitFor(
      async () => {
        // Logs and checkpoints may give some bytes back.
        fillSmallDisk(hub.program, disk);
        return (await stateOf()) === "full";
      },
      { timeoutMs: 20_000, intervalMs: 200, describe: async () => `the hub says full; it says ${await stateOf()}` },
    );
    const fullAt = Date.now();
    expect((await client.server("reader")).presence.is).toBe("online");
    const query = { server: server.id, metric: "cpu_busy_ratio", from: fullAt - 60_000, to: fullAt, step: 60_000 };
    const before = await client.call("GET /api/v1/metrics/query", { query });
    expect(before.series[0]?.values[0]).toEqual(expect.any(Number));
    expect((await client.call("GET /api/v1/status")).warnings.join(" ")).toContain("cannot be stored");
    const refused = await client.refusal("POST /api/v1/join-tokens", { body: { name: "late" } });
    expect(refused).toMatchObject({ status: 507, code: "STORAGE_FULL" });

    emptySmallDisk(hub.program, disk);
    await waitFor(async () => (await stateOf()) === "working", {
      timeoutMs: 20_000,
      intervalMs: 200,
      describe: async () => `the hub works again; it says ${await stateOf()}`,
    });
    await client.call("POST /api/v1/join-tokens", { body: { name: "late" } });
    // What was read meanwhile was kept by the agent and is there now: no second of a whole stretch is missing.
    const settledAt = Date.now();
    await client.serverWhen("reader", "has newer readings", (one) => (one.summary.at ?? 0) > settledAt);
    // Of whole steps: in what is left of one there may be no reading.
    const from = fullAt - 2_000;
    const stretch = { ...query, from, to: from + Math.floor((settledAt - from) / 2_000) * 2_000, step: 2_000 };
    let values: readonly (number | null)[] = [];
    await waitFor(
      async () => {
        values = (await client.call("GET /api/v1/metrics/query", { query: stretch })).series[0]?.values ?? [];
        return values.length > 0 && !values.includes(null);
      },
      { timeoutMs: 30_000, intervalMs: 300, describe: () => `no hole is left in ${JSON.stringify(values)}` },
    );
    expect(agent.running).toBe(true);
  });
});
