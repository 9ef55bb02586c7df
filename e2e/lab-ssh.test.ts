import { needs, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabHost } from "./lab/lab.ts";
import { keepEvidence } from "./support/evidence.ts";
import { addBySsh, LabPanel } from "./support/lab-panel.ts";

const describeLab = await needs("systemd-host");
const evidence = keepEvidence();

const POLICY = `version: 1
allow:
  - {action: service.restart, driver: systemd, names: [counted.service]}
  - {action: logs.read, driver: systemd, names: [counted.service]}
  - {action: process.kill, users: [root], signals: [TERM, KILL]}
  - {action: server.reboot, minInterval: 10m}
`;

describeLab("servers without an agent, by SSH", () => {
  let panel: LabPanel;
  let host: LabHost;
  let id: string;

  const countOf = async (): Promise<number> => Number((await host.shell("wc -l < /var/lib/counted")).trim());

  beforeAll(async () => {
    panel = await LabPanel.start(["web1", "inner"], "ssh");
    host = panel.host("web1");
    ({ id } = await panel.client.server("web1"));
    evidence.add("hub.log", () => panel.hubOutput);
    evidence.add("sshd.log", () => host.shell("journalctl -u ssh -u sshd --no-pager | tail -100"));
    evidence.add("console.log", () => host.console());
    await host.ssh(["sh", "-c", "cat > /etc/systemd/system/counted.service"], {
      stdin: "[Service]\nExecStart=/bin/sh -c 'echo run >> /var/lib/counted; echo started $$; exec sleep 1000000'\n",
    });
    await host.shell("systemctl daemon-reload; systemctl start counted");
  }, 180_000);
  afterAll(() => panel?.[Symbol.asyncDispose]());

  test("[SH-01] a server is read from the moment that its host key is approved, as one with an agent", async () => {
    const server = await panel.client.serverWhen(
      "web1",
      "has been read",
      ({ summary, facts }) => summary.cpuBusyRatio !== null && summary.worstDisk !== null && facts !== null,
      30_000,
    );
    expect(server).toMatchObject({ link: "ssh", linkState: { is: "ok" }, agentVersion: null });
    expect(server.facts?.hostName).toBe("web1");
    expect(server.linkState?.roundTripMs).toBeGreaterThan(0);
    // Nothing was put there.
    expect(await host.shell("ls /usr/local/lib/muster /etc/muster 2>&1 || true")).toContain("No such file");
    const table = await panel.client.call("GET /api/v1/servers/{id}/processes", { params: { id }, query: {} });
    expect(table.processes.some(({ commandLine }) => commandLine.includes("sleep 1000000"))).toBe(true);
  });

  test("[CM-08] without a policy of the server nothing is done there, and the answer names the line to add", async () => {
    const counted = await panel.serviceWhen("web1", "counted.service", "runs", ({ state }) => state === "running");
    expect(counted.granted).toEqual([]);
    const ended = await panel.act("service.restart", counted);
    expect(ended.outcome).toBe("refused");
    expect(ended.detail).toContain("{action: service.restart, driver: systemd, names: [counted.service]}");
    await host.shell("mkdir -p /etc/muster");
    await host.ssh(["sh", "-c", "cat > /etc/muster/policy.yaml"], { stdin: POLICY });
  });

  test("a restart has succeeded when another run is seen", async () => {
    const counted = await panel.serviceWhen("web1", "counted.service", "may be restarted", ({ granted }) =>
      granted.includes("restart"),
    );
    const runs = await countOf();
    expect(await panel.act("service.restart", counted)).toMatchObject({ outcome: "succeeded" });
    expect(await countOf()).toBe(runs + 1);
    const ledger = await waitFor(
      async () => {
        const lines = await panel.ledger(counted);
        return lines.some(({ event }) => event === "action") ? lines : undefined;
      },
      { timeoutMs: 20_000, intervalMs: 300, describe: "the ledger has the action" },
    );
    expect(ledger.find(({ event }) => event === "action")?.cause).toMatch(/asked for restart: succeeded/);
  });

  test("its log is read and followed, and a process is killed by pid and start", async () => {
    const counted = await panel.serviceWhen("web1", "counted.service", "has a log", ({ isLogGranted }) => isLogGranted);
    const lines = await waitFor(
      async () => {
        const found = await panel.logLines(counted);
        return found.some((line) => line.startsWith("started ")) ? found : undefined;
      },
      { timeoutMs: 20_000, intervalMs: 500, describe: "the log has the unit's own line" },
    );
    expect(lines.some((line) => line.startsWith("started "))).toBe(true);
    const pid = Number((await host.shell("systemctl show -p MainPID --value counted")).trim());
    const { processes } = await panel.client.call("GET /api/v1/servers/{id}/processes", {
      params: { id },
      query: { limit: 2_000 },
    });
    const { startTicks } = processes.find((process) => process.pid === pid)!;
    const [stale] = await panel.ask(
      "process.kill",
      { servers: [id] },
      {
        ...{ pid, startTicks: startTicks + 1, user: "root", signal: "KILL" },
      },
    );
    expect((await panel.ended(stale!)).outcome).not.toBe("succeeded");
    expect(await host.shell(`kill -0 ${pid} && echo there`)).toBe("there\n");
    const [asked] = await panel.ask(
      "process.kill",
      { servers: [id] },
      { pid, startTicks, user: "root", signal: "KILL" },
    );
    expect(await panel.ended(asked!)).toMatchObject({ outcome: "succeeded" });
  });

  test("a cable pulled is said, and healed it goes on by itself", async () => {
    await host.cut();
    const cut = await panel.client.serverWhen("web1", "fails", ({ linkState }) => linkState?.is === "failing", 60_000);
    expect(cut.linkState?.detail).not.toBe("");
    await host.heal();
    await panel.client.serverWhen("web1", "is reached", ({ linkState }) => linkState?.is === "ok", 60_000);
    await panel.client.serverWhen("web1", "is online", ({ presence }) => presence.is === "online", 30_000);
  });

  test("[CM-12] a reboot has succeeded when another boot is seen", async () => {
    const [asked] = await panel.ask("server.reboot", { servers: [id] });
    expect(await panel.ended(asked!, 120_000)).toMatchObject({ outcome: "succeeded" });
    await panel.client.serverWhen("web1", "is online", ({ presence }) => presence.is === "online", 60_000);
  });

  test("a hub that is killed reads it again, without asking for the key once more", async () => {
    await panel.killHub();
    await panel.client.serverWhen("web1", "is reached", ({ linkState }) => linkState?.is === "ok", 30_000);
  });

  test("a server behind another one is reached through it", async () => {
    const inner = panel.host("inner");
    const { items } = await panel.client.call("GET /api/v1/ssh-keys");
    await addBySsh(panel.client, "behind", { host: inner.address, user: "root", keyId: items[0]!.id, via: id });
    await panel.client.serverWhen("behind", "is read", ({ summary }) => summary.cpuBusyRatio !== null, 30_000);
    const from = await inner.shell("ss -tnH state established '( sport = :22 )' | awk '{print $4}'");
    expect(from).toContain(host.address);
  });

  test("[SH-01] another host key than the approved one is refused, both are shown, and approval lets it in again", async () => {
    // In one go, and the rest by systemd: it ends the session of whoever asks, and whoever comes then sees another key.
    await host.shell(
      "rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemd-run --quiet --on-active=1 sh -c 'systemctl restart ssh; pkill -f \"sshd: root@notty\"'",
    );
    await panel.client.serverWhen("web1", "shows another key", ({ linkState }) => linkState?.is === "host-key", 60_000);
    await panel.client.serverWhen("web1", "is not read", ({ presence }) => presence.is !== "online", 60_000);
    const link = await panel.client.call("GET /api/v1/servers/{id}/link", { params: { id } });
    expect(link.hostKey?.fingerprint).toBeDefined();
    expect(link.shownHostKey?.fingerprint).not.toBe(link.hostKey?.fingerprint);
    await panel.client.call("POST /api/v1/servers/{id}/link/host-key", {
      params: { id },
      body: { fingerprint: link.shownHostKey!.fingerprint },
    });
    await panel.client.serverWhen("web1", "is reached", ({ linkState }) => linkState?.is === "ok", 30_000);
  });
});
