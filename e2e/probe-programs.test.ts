import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { needs, waitFor } from "@muster/testkit";
import { beforeAll, expect, test } from "vitest";
import { keepEvidence } from "./support/evidence.ts";
import { startPanel } from "./support/panel.ts";
import { buildPrograms } from "./support/programs.ts";

// The policy file must belong to root.
const describeRoot = await needs("root");
const evidence = keepEvidence();
beforeAll(buildPrograms, 180_000);

/** A hub, and an agent whose policy names these scripts for probes. */
async function world(scripts: Readonly<Record<string, string>>) {
  await using cleanup = new AsyncDisposableStack();
  const panel = cleanup.use(await startPanel(evidence));
  const { client, directory } = panel;
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const policy = directory.file("etc", "policy.yaml");
  const command = (name: string): string => `    ${name}: [${directory.file(`${name}.sh`)}, "50%"]`;
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(directory.file(`${name}.sh`), `#!/bin/sh\ncd ${directory.path}\n${text}\n`);
    chmodSync(directory.file(`${name}.sh`), 0o755);
  }
  const grant = (...names: readonly string[]): void =>
    writeFileSync(
      policy,
      ["version: 1", "probe:", "  icmp: [127.0.0.1]", "  exec:", ...names.map(command), ""].join("\n"),
      { mode: 0o644 },
    );
  grant(...Object.keys(scripts));
  const agent = await panel.addAgent("inside", { env: { MUSTER_AGENT_POLICY: policy } });
  const { id: via } = await client.serverWhen("inside", "is online", ({ presence }) => presence.is === "online");
  const owned = cleanup.move();
  return {
    ...{ client, directory, agent, via, grant, policy },
    tried: (program: string, settings: Readonly<Record<string, string>> = {}, timeoutMs = 10_000) =>
      client.call("POST /api/v1/probe-trials", {
        body: { kind: "exec", settings: { program, ...settings }, via, timeoutMs },
      }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

const pidIn = (path: string): number => (existsSync(path) ? Number(readFileSync(path, "utf8")) : 0);
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describeRoot("programs that a server runs for probes", () => {
  test("[PB16] [PB17] [PR77] end as a program of the policy does, whatever it prints", async () => {
    await using at = await world({
      good: 'echo "OK at $1 | /var=2643MB;1;2 load1=0.25"; echo users=7; exit 0',
      warns: "echo running out; exit 1",
      fails: "echo broken >&2; exit 2",
      blind: "echo cannot look; exit 3",
      killed: "kill -KILL $$",
      hangs: "sleep 1000 & echo $! >child; echo $$ >leader; wait",
      endless: "echo $$ >leader; yes",
      binary: String.raw`printf 'caf\351 \377\033[31m\342\200\256red\n\000'`,
      many: 'i=0; while [ $i -lt 3000 ]; do echo "m$i=$i"; i=$((i+1)); done',
    });
    const { client, directory, tried, via } = at;
    const good = await tried("good");
    expect(good).toMatchObject({ health: "healthy", detail: "OK at 50%" });
    expect(good.report.tables[0]?.rows).toEqual([
      ["custom_var", 2643],
      ["custom_load1", 0.25],
      ["custom_users", 7],
    ]);
    expect(await tried("warns")).toMatchObject({ health: "degraded", detail: "running out (exit 1)" });
    expect(await tried("warns", { degradedCodes: "none" })).toMatchObject({ health: "unhealthy" });
    expect(await tried("fails")).toMatchObject({ health: "unhealthy", detail: "broken (exit 2)" });
    expect(await tried("fails", { healthyCodes: "0, 2" })).toMatchObject({ health: "healthy" });
    expect(await tried("blind")).toMatchObject({ health: "unknown", detail: "cannot look (exit 3)" });
    expect(await tried("killed")).toMatchObject({ health: "unhealthy", detail: "ended by a signal" });
    expect(await tried("binary")).toMatchObject({ health: "healthy", detail: "caf\uFFFD \uFFFD [31m red" });
    expect((await tried("many")).report.tables[0]?.rows).toHaveLength(32);

    // Besides programs, a ping: of the hosts that the policy names.
    const pinged = (host: string) =>
      client.call("POST /api/v1/probe-trials", { body: { kind: "icmp", settings: { host, packets: 1 }, via } });
    expect((await pinged("127.0.0.2")).detail).toContain('add "127.0.0.2" under probe: icmp:');
    const answer = await pinged("127.0.0.1");
    // A machine without ping says so; what it says otherwise is read.
    if (existsSync("/bin/ping")) expect(answer).toMatchObject({ health: "healthy" });
    else expect(answer).toMatchObject({ health: "unknown", detail: "there is no such program" });

    // Not in time: the whole group is gone, also of one that never stops to write.
    expect(await tried("hangs", {}, 1_000)).toMatchObject({ health: "unhealthy", detail: "no answer in time" });
    const pids = ["leader", "child"].map((name) => pidIn(directory.file(name)));
    expect(pids.every((pid) => pid > 1)).toBe(true);
    await waitFor(() => !pids.some(isAlive), { describe: "the program and its child to be gone" });
    writeFileSync(directory.file("leader"), "");
    expect(await tried("endless", {}, 1_000)).toMatchObject({ health: "unhealthy", detail: "no answer in time" });
    await waitFor(() => !isAlive(pidIn(directory.file("leader"))), { describe: "the endless one to be gone" });
    expect(await tried("good")).toMatchObject({ health: "healthy" });
  }, 120_000);

  test("[PB16] [PO20] [CM-08] are those of the policy as it is now, and an agent that is away says nothing", async () => {
    await using at = await world({ good: "echo well", other: "echo >ran; echo other" });
    const { client, tried, grant, via } = at;
    grant("good");
    const refused = await tried("other");
    expect(refused.health).toBe("unknown");
    expect(refused.detail).toContain('add "other: [/path/to/the/program]" under probe: exec:');
    expect(existsSync(at.directory.file("ran"))).toBe(false);
    grant("good", "other");
    expect(await tried("other")).toMatchObject({ health: "healthy", detail: "other" });

    const { probe } = await client.call("POST /api/v1/probes", {
      body: { name: "good", kind: "exec", settings: { program: "good" }, via, about: via, intervalMs: 5_000, fall: 1 },
    });
    const now = async () => (await client.call("GET /api/v1/probes/{id}", { params: { id: probe.id } })).probe;
    const health = async () => (await now()).health;
    await waitFor(async () => (await health()) === "healthy", { timeoutMs: 15_000, describe: "it is healthy" });
    grant("other");
    await waitFor(async () => (await health()) === "unknown", { timeoutMs: 20_000, describe: "it is unknown" });
    expect((await now()).detail).toContain('add "good: ');
    grant("good");
    await waitFor(async () => (await health()) === "healthy", { timeoutMs: 20_000, describe: "it is healthy again" });
    await at.agent.stop();
    await waitFor(async () => (await health()) === "unknown", { timeoutMs: 30_000, describe: "it is unknown" });
  }, 120_000);
});
