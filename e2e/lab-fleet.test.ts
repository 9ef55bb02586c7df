import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ERRORS } from "@muster/core";
import type { RouteAnswer, Server } from "@muster/protocol";
import { needs, runProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LAB_ADDRESS, startLab } from "./lab/lab.ts";
import type { Forward, Lab, LabHost } from "./lab/lab.ts";
import { keepEvidence } from "./support/evidence.ts";
import { HubClient } from "./support/hub-client.ts";
import { ADMIN, startHubProgram } from "./support/hub-program.ts";
import type { HubProgram } from "./support/hub-program.ts";
import { buildPrograms, workspace } from "./support/programs.ts";

const describeLab = await needs("systemd-host", "openssl");
const evidence = keepEvidence();

const PUBLIC_URL = `https://${LAB_ADDRESS}:8765`;
const INTERVAL_MS = 1_000;
/** Long enough that every step holds a reading, short enough to see a hole. */
const STEP_MS = 3_000;
/** The same for every reason, so that nobody learns which tokens exist. */
const REFUSED_WORDS = "oken is wrong, used, expired or made for another name";
const NAMES = ["web1", "web2", "web3"] as const;
/** Where the installer puts things on a server. */
const AGENT = "/usr/local/lib/muster/agent.mjs";
const STATE = "/var/lib/muster-agent";

describeLab("a hub with TLS of its own and three systemd hosts", () => {
  let directory: TemporaryDirectory;
  let lab: Lab;
  let forward: Forward;
  let hub: HubProgram;
  let client: HubClient;
  let hosts: readonly LabHost[];
  let hubLogs = "";
  let expiring: RouteAnswer<"POST /api/v1/join-tokens">;

  const startHub = async (options: { directory?: string; listen?: string; env?: Record<string, string> } = {}) =>
    startHubProgram({
      directory: directory.path,
      listen: `${LAB_ADDRESS}:8765`,
      publicUrl: PUBLIC_URL,
      start: lab.spawn,
      ...options,
      env: { MUSTER_INTERVAL_MS: String(INTERVAL_MS), ...options.env },
    });
  const stopHub = async (): Promise<void> => {
    expect(await hub.program.stop()).toEqual({ code: 0, signal: null });
    hubLogs += hub.program.output;
  };
  const hostOf = (name: (typeof NAMES)[number]): LabHost => hosts[NAMES.indexOf(name)]!;
  const mint = (name: string | null, lifetimeMinutes = 15) =>
    client.call("POST /api/v1/join-tokens", { body: { name, lifetimeMinutes } });
  /** Joining by hand beside the installed agent, with a state directory of its own. */
  const joinByHand = (host: LabHost, token: string, name: string) =>
    host.ssh(["/usr/local/lib/muster/node", AGENT, "join", PUBLIC_URL, "--state", "/root/other", "--name", name], {
      stdin: token,
    });
  /** Runs the installed program as the user that the unit runs it as. */
  const asAgent = (host: LabHost, args: readonly string[]) => {
    const user = ["setpriv", "--reuid=muster-agent", "--regid=muster-agent", "--init-groups"];
    return host.ssh([...user, "/usr/local/lib/muster/node", AGENT, ...args], { timeoutMs: 20_000 });
  };
  const isLive = (server: Server): boolean =>
    server.presence.is === "online" &&
    server.summary.at !== null &&
    Date.now() - server.summary.at < 4 * INTERVAL_MS &&
    server.summary.cpuBusyRatio !== null;
  /** Has sent something that was read after this instant. */
  const liveSince = (name: string, since: number): Promise<Server> =>
    client.serverWhen(name, "is live", (one) => isLive(one) && (one.summary.at ?? 0) > since, 60_000);
  const allLive = (since = 0): Promise<readonly Server[]> => Promise.all(NAMES.map((name) => liveSince(name, since)));
  /** Steps of [from, until) without a reading. */
  const holes = async (server: Server, from: number, until: number): Promise<readonly number[]> => {
    const steps = Math.floor((until - from) / STEP_MS);
    const { series } = await client.call("GET /api/v1/metrics/query", {
      query: { server: server.id, metric: "load1", from, to: from + steps * STEP_MS, step: STEP_MS },
    });
    const values = series[0]?.values ?? Array.from({ length: steps }, () => null);
    return values.flatMap((value, index) => (value === null ? [from + index * STEP_MS] : []));
  };
  const whenFilled = async (server: Server, from: number, until: number): Promise<void> =>
    void (await waitFor(async () => (await holes(server, from, until)).length === 0, {
      timeoutMs: 30_000,
      intervalMs: 300,
      describe: async () =>
        `${server.name} has a reading in every ${STEP_MS} ms of ${from}..${until}; holes at ${(await holes(server, from, until)).join(", ")}`,
    }));
  const auditOf = async (action: string): Promise<RouteAnswer<"GET /api/v1/audit">["items"]> =>
    (await client.call("GET /api/v1/audit", { query: { action } })).items;
  const journal = (host: LabHost, since = ""): Promise<string> =>
    host.shell(`journalctl -u muster-agent -o cat --no-pager ${since && `--since=${since}`} | tail -60`);

  beforeAll(async () => {
    await buildPrograms();
    directory = await temporaryDirectory("lab-fleet");
    lab = await startLab();
    hosts = await Promise.all(NAMES.map((name) => lab.up(name)));
    hub = await startHub();
    forward = await lab.forward(`${LAB_ADDRESS}:8765`);
    client = new HubClient({ publicUrl: PUBLIC_URL, through: forward });
    await client.signIn(ADMIN.name, ADMIN.password);
    expiring = await mint("late", 1);
    evidence.add("hub.log", () => hubLogs + hub.program.output);
    for (const host of hosts) {
      evidence.add(`${host.name}-agent.log`, () => journal(host));
      evidence.add(`${host.name}-console.log`, () => host.console());
    }
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  test("the pasted line installs, joins and starts the agent as a user of its own", async () => {
    expect(hub.address).toBe(PUBLIC_URL);
    for (const [index, name] of NAMES.entries()) {
      const { command, token } = await mint(name);
      expect(command).toContain("curl -fsSLk ");
      const said = await hosts[index]!.shell(`cd /root && ${command}`);
      expect(said).toContain("installed and running");
      expect(said).not.toContain(token);
    }
    const servers = await allLive();
    expect(servers.map((server) => server.state)).toEqual(["active", "active", "active"]);
    for (const server of servers) {
      expect(server.policy?.state, server.name).toBe("file");
      expect(server.policy?.entries, server.name).toEqual([]);
    }
  });

  test("the unit runs, is hardened, and the token is nowhere on the host", async () => {
    const host = hostOf("web1");
    expect(await host.shell("systemctl is-active muster-agent; systemctl is-enabled muster-agent")).toBe(
      "active\nenabled\n",
    );
    expect((await host.ssh(["systemctl", "status", "--no-pager", "muster-agent"])).exitCode).toBe(0);
    expect(await host.shell("systemctl show -p User --value muster-agent")).toBe("muster-agent\n");
    const pid = (await host.shell("systemctl show -p MainPID --value muster-agent")).trim();
    expect(await host.shell(`ps -o user= -p ${pid}`)).toMatch(/^muster-/);
    const security = await host.shell("systemd-analyze security --no-pager muster-agent.service | tail -1");
    console.log(`systemd-analyze security: ${security.trim()}`);
    expect(Number(/(\d+\.\d+)/.exec(security)?.[1])).toBeLessThanOrEqual(2);
    const files = await host.shell(`stat -c '%a %U %n' ${STATE} ${STATE}/agent.key ${STATE}/identity.json`);
    expect(files).toBe(
      `700 muster-agent ${STATE}\n600 muster-agent ${STATE}/agent.key\n600 muster-agent ${STATE}/identity.json\n`,
    );
    const places = [STATE, "/etc", "/usr/local/lib/muster", "/root/muster-agent.sh"];
    const found = await host.ssh(["grep", "-rlE", "--exclude=node", "mst1\\.[0-9a-f]{10}\\.", ...places]);
    expect(found).toMatchObject({ exitCode: 1, stdout: "" });
  });

  test("the numbers are the host's own, and the doctor agrees", async () => {
    const host = hostOf("web2");
    // Disks are read more rarely than the rest.
    const { facts, summary } = await client.serverWhen(
      "web2",
      "tells its disk",
      (one) => one.summary.worstDisk !== null,
      40_000,
    );
    expect(facts?.hostName).toBe("web2");
    expect(facts?.container).toBe("systemd-nspawn");
    expect(facts?.addresses).toContain(host.address);
    const totalKibibytes = Number(await host.shell("awk '/^MemTotal/ {print $2}' /proc/meminfo"));
    expect(summary.memoryTotalBytes).toBe(totalKibibytes * 1024);
    const doctor = await asAgent(host, ["doctor", "--state", STATE]);
    expect(doctor, doctor.stdout + doctor.stderr).toMatchObject({ exitCode: 0 });
    const asRoot = await host.ssh(["/usr/local/lib/muster/node", AGENT, "doctor", "--state", STATE], {
      timeoutMs: 20_000,
    });
    expect(asRoot, asRoot.stdout + asRoot.stderr).toMatchObject({ exitCode: 0 });
  });

  test("a wrong, a used and another's token are refused with the same words and exit code", async () => {
    const host = hostOf("web1");
    const used = await mint("twice");
    expect((await joinByHand(host, used.token, "twice")).exitCode).toBe(0);
    await host.shell("rm -r /root/other");
    const named = await mint("somebody");
    const wrong = named.token.replace(/\.([^.]+)\.([^.]+)$/, (_, secret: string, pin: string) => {
      return `.${secret.slice(1)}${secret.slice(0, 1)}.${pin}`;
    });
    for (const [token, name] of [
      [wrong, "somebody"],
      [used.token, "twice"],
      [named.token, "somebody-else"],
    ] as const) {
      const { exitCode, stdout, stderr } = await joinByHand(host, token, name);
      expect(exitCode, stderr).toBe(ERRORS.JOIN_REFUSED.exit);
      expect(stdout + stderr).toContain(REFUSED_WORDS);
      await host.shell("rm -rf /root/other");
    }
    const malformed = await joinByHand(host, "mst1.not-a-token", "somebody");
    expect(malformed.exitCode).toBe(ERRORS.CONFIG_INVALID.exit);
    expect((await client.servers()).map((server) => server.name).toSorted()).toEqual(["twice", ...NAMES]);
    await client.call("DELETE /api/v1/servers/{id}", { params: { id: (await client.server("twice")).id } });
  });

  test("[CM-08] by default the host refuses to restart a service, says why, and both are in the audit log", async () => {
    const server = await client.server("web1");
    const ask = (): Promise<RouteAnswer<"POST /api/v1/servers/{id}/actions">> =>
      client.call("POST /api/v1/servers/{id}/actions", {
        params: { id: server.id },
        body: { action: "service.restart", args: { driver: "systemd", name: "ssh.service" } },
      });
    const pidOf = (): Promise<string> => hostOf("web1").shell("systemctl show -p MainPID --value ssh");
    const before = await pidOf();
    const ping = await client.call("POST /api/v1/servers/{id}/actions", {
      params: { id: server.id },
      body: { action: "agent.ping" },
    });
    expect(ping.outcome).toBe("succeeded");
    const outcome = await ask();
    expect(outcome.outcome).toBe("refused");
    expect(outcome.detail).toContain("service.restart");
    const rows = (await auditOf("service.restart")).filter((row) => row.cmd === outcome.cmd);
    expect(rows.map((row) => row.decision)).toEqual(["refused", "allowed"]);
    expect(rows[0]).toMatchObject({ seq: outcome.auditSeq, target: "web1", reason: outcome.detail });
    expect(await pidOf()).toBe(before);
  });

  test("a broken policy makes the server monitor-only, which it says", async () => {
    const host = hostOf("web1");
    await host.shell(
      "cp -p /etc/muster/policy.yaml /root/policy.kept; echo 'version: 1\nallow: [&x {}]' > /etc/muster/policy.yaml",
    );
    // It is read anew at every command, so what is refused now is refused because of this file.
    const { id } = await client.server("web1");
    const outcome = await client.call("POST /api/v1/servers/{id}/actions", {
      params: { id },
      body: { action: "service.restart", args: { driver: "systemd", name: "ssh.service" } },
    });
    expect(outcome).toMatchObject({ outcome: "refused", detail: expect.stringContaining("anchors are not allowed") });
    // The panel is told within a minute, and at once when the agent connects.
    await host.shell("systemctl restart muster-agent");
    const broken = await client.serverWhen(
      "web1",
      "tells of its broken policy",
      (one) => one.policy?.state === "broken",
    );
    expect(broken.policy).toMatchObject({ why: expect.stringContaining("anchors"), entries: [] });
    const shown = await host.ssh(["/usr/local/lib/muster/node", AGENT, "policy"]);
    expect(shown.exitCode).toBe(ERRORS.CONFIG_INVALID.exit);
    expect(shown.stdout).toContain("monitor-only");
    await host.shell("cp -p /root/policy.kept /etc/muster/policy.yaml; systemctl restart muster-agent");
    await client.serverWhen("web1", "has its policy again", (one) => one.policy?.state === "file", 30_000);
  });

  test("[AG-15] an agent whose key file others may read does not run", async () => {
    const host = hostOf("web1");
    await host.shell(`systemctl stop muster-agent; chmod 644 ${STATE}/agent.key`);
    const run = await asAgent(host, ["run", "--state", STATE]);
    expect(run.exitCode).toBe(ERRORS.IDENTITY_UNSAFE.exit);
    expect(run.stdout + run.stderr).toContain("agent.key");
    await host.shell(`chmod 600 ${STATE}/agent.key; systemctl reset-failed muster-agent; systemctl start muster-agent`);
    await liveSince("web1", Date.now());
  });

  test("a hub that stops and starts has its servers and their history back, without a hole", async () => {
    const before = await allLive();
    const from = Date.now();
    await stopHub();
    // The hole that would be seen has to be a few steps long.
    await waitFor(() => Date.now() - from > 3 * STEP_MS, {
      timeoutMs: 15_000,
      describe: "the hub is away for a while",
    });
    hub = await startHub();
    const after = await allLive(Date.now());
    expect(after.map((server) => server.id)).toEqual(before.map((server) => server.id));
    const until = Date.now();
    await Promise.all(after.map((server) => whenFilled(server, from - STEP_MS, until)));
  });

  test("a cut cable shows as stale, then offline, since the last word; healed, the server is online and the gap is filled", async () => {
    const host = hostOf("web2");
    const from = Date.now();
    await host.cut();
    const cutAt = Date.now();
    const stale = await client.serverWhen("web2", "is stale", (one) => one.presence.is === "stale");
    const offline = await client.serverWhen("web2", "is offline", (one) => one.presence.is === "offline");
    expect(stale.presence.since).toBe(offline.presence.since);
    expect(offline.presence.since).toBeGreaterThan(from - 2 * INTERVAL_MS);
    expect(offline.presence.since).toBeLessThan(cutAt + INTERVAL_MS);
    const heard = await client
      .refusal("GET /api/v1/servers/{id}/processes", { params: { id: offline.id } })
      .catch(() => undefined);
    if (heard) expect(["SERVER_OFFLINE", "ACTION_TIMED_OUT"]).toContain(heard.code);
    await host.heal();
    const healedAt = Date.now();
    const back = await liveSince("web2", healedAt);
    console.log(`live ${Date.now() - healedAt} ms after the cable was in again`);
    expect(back.state).toBe("active");
    await whenFilled(back, from - STEP_MS, Date.now());
  });

  test("a host that lost its power returns after booting, and is not taken for a clone", async () => {
    const host = hostOf("web3");
    const before = await client.server("web3");
    await host.crash();
    await host.boot();
    const back = await client.serverWhen(
      "web3",
      "is live after a boot",
      (one) => isLive(one) && one.facts?.bootId !== before.facts?.bootId,
      60_000,
    );
    expect(back).toMatchObject({ id: before.id, state: "active" });
    expect(await auditOf("server.quarantine")).toEqual([]);
  });

  test("[AG-08] a rogue hub at the same address hears a nonce and nothing else", async () => {
    await stopHub();
    const rogue = directory.file("rogue");
    mkdirSync(rogue);
    const [cert, key] = [join(rogue, "tls.crt"), join(rogue, "tls.key")];
    const made = await runProgram([
      ...[
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=rogue", "-addext", `subjectAltName=IP:${LAB_ADDRESS}`, "-keyout", key, "-out", cert],
    ]);
    expect(made.exitCode, made.stderr).toBe(0);
    {
      // The front has the rogue hub's own certificate, so nothing but the fleet's root tells them apart.
      await using other = await startHub({
        directory: rogue,
        listen: `${LAB_ADDRESS}:8766`,
        env: { MUSTER_TLS_CERT_FILE: cert, MUSTER_TLS_KEY_FILE: key },
      });
      evidence.add("rogue.log", () => other.program.output);
      const script = join(workspace, "e2e/support/recording-front.ts");
      await using front = await lab.spawn([process.execPath, script, LAB_ADDRESS, "8765", cert, key, "8766"]);
      await front.says(/front listens/);
      // Back-off may have grown meanwhile; a fresh start asks at once.
      await Promise.all(hosts.map((host) => host.shell("systemctl restart muster-agent")));
      await waitFor(() => front.stdout.split("\n").filter((line) => line.startsWith('"')).length >= NAMES.length, {
        timeoutMs: 20_000,
        describe: () => `every agent speaks to the rogue; heard:\n${front.output}`,
      });
      for (const host of hosts) {
        await waitFor(async () => /not trusted|does not match/i.test(await journal(host, "-1min")), {
          timeoutMs: 20_000,
          intervalMs: 300,
          describe: async () => `${host.name} distrusts the rogue; it said\n${await journal(host)}`,
        });
      }
      const heard = front.stdout.split("\n").filter((line) => line.startsWith('"'));
      for (const line of heard) {
        const frame = JSON.parse(JSON.parse(line) as string) as Record<string, unknown>;
        expect(Object.keys(frame).toSorted()).toEqual(["agentNonce", "t", "versions"]);
        expect(frame["t"]).toBe("begin");
      }
      await front.stop();
      await other.program.stop();
    }
    hub = await startHub();
    await Promise.all(hosts.map((host) => host.shell("systemctl restart muster-agent")));
    await allLive(Date.now());
  });

  test("[AG-14] the same key on two machines: the server is quarantined and neither of them is heard", async () => {
    const [original, clone] = [hostOf("web2"), hostOf("web3")];
    const archive = await original.shell(`tar -C ${STATE} -c agent.key identity.json | base64 -w0`);
    await clone.shell("systemctl stop muster-agent");
    await clone.shell(`tar -C ${STATE} -c . > /root/own.tar; rm -rf ${STATE}/*`);
    const unpacked = await clone.ssh(["sh", "-c", `base64 -d | tar -C ${STATE} -x`], { stdin: archive });
    expect(unpacked.exitCode, unpacked.stderr).toBe(0);
    await clone.shell("systemctl start muster-agent");
    const server = await client.serverWhen("web2", "is quarantined", (one) => one.state === "quarantined", 30_000);
    const rows = await auditOf("server.quarantine");
    expect(rows[0]).toMatchObject({ target: "web2", decision: "succeeded" });
    expect(rows[0]?.args["addresses"]).toEqual(expect.arrayContaining([original.address, clone.address]));
    await waitFor(
      async () =>
        (await client.refusal("GET /api/v1/servers/{id}/processes", { params: { id: server.id } })).code ===
        "SERVER_OFFLINE",
      { timeoutMs: 10_000, intervalMs: 200, describe: "both are shut out" },
    );
    const refused = await client.refusal("POST /api/v1/servers/{id}/actions", {
      params: { id: server.id },
      body: { action: "agent.ping" },
    });
    expect(["SERVER_QUARANTINED", "SERVER_OFFLINE"]).toContain(refused.code);
    await clone.shell(
      `systemctl stop muster-agent; rm -rf ${STATE}/*; tar -C ${STATE} -xf /root/own.tar; systemctl start muster-agent`,
    );
    await liveSince("web3", Date.now());
  });

  test("[AG-11] a revoked agent is shut out within a second and refused afterwards", async () => {
    const host = hostOf("web1");
    const server = await liveSince("web1", 0);
    const connections = async (): Promise<number> =>
      Number(await host.shell(`ss -tnH state established dst ${LAB_ADDRESS}:8765 | wc -l`));
    expect(await connections()).toBe(1);
    const startedAt = performance.now();
    await client.call("PATCH /api/v1/servers/{id}", { params: { id: server.id }, body: { state: "revoked" } });
    await waitFor(async () => (await connections()) === 0, { intervalMs: 30, describe: "the connection is closed" });
    const tookMs = performance.now() - startedAt;
    console.log(`revoked and closed in ${Math.round(tookMs)} ms, ssh included`);
    expect(tookMs).toBeLessThan(1_000);
    await host.shell("systemctl reset-failed muster-agent; systemctl restart muster-agent || true");
    await waitFor(async () => /revoked/i.test(await journal(host, "-1min")), {
      timeoutMs: 20_000,
      intervalMs: 300,
      describe: async () => `web1 says that it was revoked; it said\n${await journal(host)}`,
    });
    const after = await client.server("web1");
    expect(after.state).toBe("revoked");
    expect(after.summary.at ?? 0).toBeLessThan(Date.now() - INTERVAL_MS);
    const heard = await client.refusal("GET /api/v1/servers/{id}/processes", { params: { id: server.id } });
    expect(heard.code).toBe("SERVER_OFFLINE");
  });

  test("an expired token is refused like a wrong one", async () => {
    await waitFor(() => Date.now() > expiring.joinToken.expiresAt, {
      timeoutMs: 61_000,
      intervalMs: 200,
      describe: "a token made for one minute expires",
    });
    const { exitCode, stdout, stderr } = await joinByHand(hostOf("web3"), expiring.token, "late");
    expect(exitCode, stderr).toBe(ERRORS.JOIN_REFUSED.exit);
    expect(stdout + stderr).toContain(REFUSED_WORDS);
  });
});
