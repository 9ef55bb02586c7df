import type { RouteAnswer } from "@muster/protocol";
import { needs, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabHost } from "./lab/lab.ts";
import { keepEvidence } from "./support/evidence.ts";
import { ADMIN } from "./support/hub-program.ts";
import { addBySsh, LabPanel } from "./support/lab-panel.ts";

const describeLab = await needs("systemd-host");
const evidence = keepEvidence();

type Deployment = RouteAnswer<"GET /api/v1/deployments/{id}">;
type Action = Deployment["action"];
const DIRECTORY = "/usr/local/lib/muster";
const LEFT = `ls -d ${DIRECTORY} /var/lib/muster-agent /etc/systemd/system/muster-agent.service /etc/muster/policy.yaml 2>/dev/null; id muster-agent 2>/dev/null; true`;

describeLab("agents put on servers over SSH", () => {
  let panel: LabPanel;
  let provedAt = 0;

  const idOf = async (name: string): Promise<string> => (await panel.client.server(name)).id;
  const ask = async (name: string, action: Action): Promise<Deployment> => {
    // A dangerous right: the proof may be older than five minutes by now.
    if (Date.now() - provedAt > 240_000) {
      await panel.client.signIn(ADMIN.name, ADMIN.password);
      provedAt = Date.now();
    }
    return panel.client.call("POST /api/v1/servers/{id}/agent", { params: { id: await idOf(name) }, body: { action } });
  };
  const until = async (
    { id }: Pick<Deployment, "id">,
    isSo: (one: Deployment) => boolean,
    timeoutMs = 240_000,
  ): Promise<Deployment> => {
    let last: Deployment | undefined;
    return waitFor(
      async () => {
        // As it is, then each change: an upload may be over within two seconds.
        const query = last === undefined ? {} : { waitMs: 2_000, after: last.revision };
        last = await panel.client.call("GET /api/v1/deployments/{id}", { params: { id }, query });
        return isSo(last) ? last : undefined;
      },
      { timeoutMs, intervalMs: 20, describe: () => `the deployment is as wished; it was ${JSON.stringify(last)}` },
    );
  };
  const ended = (one: Pick<Deployment, "id">): Promise<Deployment> =>
    until(one, ({ state }) => state === "succeeded" || state === "failed");
  const done = async (name: string, action: Action): Promise<Deployment> => ended(await ask(name, action));
  const failedStep = ({ steps }: Deployment) => steps.find(({ state }) => state === "failed");
  const mustSucceed = (deployment: Deployment): void =>
    expect(deployment.state, JSON.stringify(deployment, null, 1)).toBe("succeeded");
  const isReadBySsh = (name: string) =>
    panel.client.serverWhen(
      name,
      "is read by SSH",
      ({ link, linkState, presence }) => link === "ssh" && linkState?.is === "ok" && presence.is === "online",
      120_000,
    );
  /** The series of a server's processor use from then until now. */
  const cpuSeries = async (server: string, from: number) => {
    const query = { server, metric: "cpu_busy_ratio", from, to: Date.now(), step: 1_000 };
    return (await panel.client.call("GET /api/v1/metrics/query", { query })).series;
  };

  beforeAll(async () => {
    panel = await LabPanel.start(["web1", "web2", "web3"], "ssh");
    evidence.add("hub.log", () => panel.hubOutput);
    for (const [name, host] of panel.hosts)
      evidence.add(`${name}.journal`, () => host.shell("journalctl -b --no-pager | tail -150"));
  }, 240_000);
  afterAll(() => panel?.[Symbol.asyncDispose]());

  test("[DP1] [DP4] a server without a fit Node gets the hub's own and an agent, and stays who it was", async () => {
    const before = await isReadBySsh("web1");
    const asked = await ask("web1", "deploy");
    // One thing at a time on one server.
    await expect(ask("web1", "deploy")).rejects.toThrow(/409|already/);
    const deployment = await ended(asked);
    mustSucceed(deployment);
    console.log(JSON.stringify(deployment.steps.map(({ step, startedAt, endedAt }) => [step, endedAt! - startedAt!])));
    expect(deployment.steps.every(({ state }) => state === "done")).toBe(true);
    const after = await panel.client.server("web1");
    expect(after).toMatchObject({
      id: before.id,
      name: "web1",
      link: "agent",
      linkState: null,
      createdAt: before.createdAt,
    });
    expect(after.agentVersion).not.toBeNull();
    const host = panel.host("web1");
    expect(await host.shell(`${DIRECTORY}/node --version`)).toBe(`${process.version}\n`);
    expect(
      await host.shell(
        "systemctl is-active muster-agent; ps -o user:20= -p $(systemctl show -p MainPID --value muster-agent)",
      ),
    ).toContain("active\nmuster-agent");
    // Its readings are one series with those from before.
    const lines = await cpuSeries(before.id, before.createdAt - 5_000);
    expect(lines).toHaveLength(1);
    // No token lies about, in a file or among those that are good.
    expect((await panel.client.call("GET /api/v1/join-tokens")).items).toEqual([]);
    expect(
      await host.shell(
        `grep -rlE "mst1\\.[0-9a-f]{10}\\." ${DIRECTORY} /var/lib/muster-agent /etc/muster 2>/dev/null || true`,
      ),
    ).toBe("");
    const audit = await panel.client.call("GET /api/v1/audit", { query: { action: "agent.deploy", target: "web1" } });
    expect(audit.items.map(({ decision }) => decision)).toEqual(["succeeded", "failed", "allowed", "allowed"]);
  });

  test("[DP9] it is stopped, started and upgraded; another program than before runs then", async () => {
    const host = panel.host("web1");
    mustSucceed(await done("web1", "stop"));
    expect(await host.shell("systemctl is-active muster-agent || true")).toBe("inactive\n");
    mustSucceed(await done("web1", "start"));
    const hash = await host.shell(`sha256sum <${DIRECTORY}/agent.mjs`);
    await host.shell(`echo '// older' >> ${DIRECTORY}/agent.mjs`);
    const pid = await host.shell("systemctl show -p MainPID --value muster-agent");
    mustSucceed(await done("web1", "upgrade"));
    expect(await host.shell(`sha256sum <${DIRECTORY}/agent.mjs`)).toBe(hash);
    expect(await host.shell("systemctl show -p MainPID --value muster-agent")).not.toBe(pid);
    expect(await host.shell(`ls ${DIRECTORY}`)).toBe("agent.mjs\nnode\n");
  });

  test("[DP10] an upgrade after which no reading comes puts the old program back", async () => {
    const host = panel.host("web1");
    await host.shell(`echo '// MARK OF THE OLD ONE' >> ${DIRECTORY}/agent.mjs`);
    const before = await host.shell(`sha256sum <${DIRECTORY}/agent.mjs`);
    // The new one is there, and its unit dies at once, until the old one is put back by the installer of that one.
    await host.shell(
      "mkdir -p /etc/systemd/system/muster-agent.service.d; printf '[Service]\\nExecStartPre=/bin/sh -c \"grep -q MARK /usr/local/lib/muster/agent.mjs\"\\n' > /etc/systemd/system/muster-agent.service.d/90-test.conf; systemctl daemon-reload",
    );
    const failed = await done("web1", "upgrade");
    expect(failed).toMatchObject({ state: "failed", aftermath: "All is as it was before." });
    expect(await host.shell(`sha256sum <${DIRECTORY}/agent.mjs`)).toBe(before);
    await panel.client.serverWhen("web1", "is online", ({ presence }) => presence.is === "online", 60_000);
    await host.shell("rm -r /etc/systemd/system/muster-agent.service.d; systemctl daemon-reload");
  });

  test("[DP4] taken away again it is reached by SSH as before, as the same server, and nothing is left on it", async () => {
    const before = await panel.client.server("web1");
    mustSucceed(await done("web1", "uninstall"));
    const after = await isReadBySsh("web1");
    expect(after).toMatchObject({ id: before.id, agentVersion: null });
    expect(await panel.host("web1").shell(LEFT)).toBe("");
    expect(await cpuSeries(before.id, before.createdAt - 5_000)).toHaveLength(1);
  });

  test("[DP8] a connection cut in the middle of an upload leaves the server read by SSH, and nothing on it", async () => {
    const host = panel.host("web2");
    const asked = await ask("web2", "deploy");
    await until(asked, ({ steps }) =>
      steps.some(({ step, state, detail }) => step === "runtime" && state === "running" && detail !== ""),
    );
    await host.cut();
    const cut = await until(asked, ({ state }) => state === "undoing");
    expect(failedStep(cut)).toMatchObject({ step: "runtime" });
    await host.heal();
    const failed = await ended(asked);
    expect(failed.aftermath).toBe("All is as it was before.");
    expect(await host.shell(LEFT)).toBe("");
    await isReadBySsh("web2");
  });

  test("[DP8] a server that cannot reach the hub joins nothing, and all is as it was", async () => {
    const host = panel.host("web2");
    await host.shell("iptables -A OUTPUT -p tcp --dport 8765 -j REJECT --reject-with tcp-reset");
    const failed = await done("web2", "deploy");
    await host.shell("iptables -F OUTPUT");
    expect(failedStep(failed)).toMatchObject({ step: "join", detail: expect.stringMatching(/cannot be reached/) });
    expect(failed.aftermath).toBe("All is as it was before.");
    expect(await host.shell(LEFT)).toBe("");
    await isReadBySsh("web2");
  });

  test("[DP8] an agent that joins and cannot report is taken away, and its server read by SSH", async () => {
    const host = panel.host("web2");
    await host.shell(
      "mkdir -p /etc/systemd/system/muster-agent.service.d; printf '[Service]\\nIPAddressDeny=any\\nExecStartPre=/bin/false\\n' > /etc/systemd/system/muster-agent.service.d/90-test.conf",
    );
    const failed = await done("web2", "deploy");
    expect(failedStep(failed)?.step).toMatch(/start|verify/);
    expect(failed.aftermath).toBe("All is as it was before.");
    await host.shell("rm -rf /etc/systemd/system/muster-agent.service.d; systemctl daemon-reload");
    expect(await host.shell(LEFT)).toBe("");
    await isReadBySsh("web2");
  });

  test("[DP2] who is not root and has no sudo is told so; with sudo the agent comes", async () => {
    const host = panel.host("web3");
    await host.shell(
      "useradd -m plain; install -d -m 700 -o plain -g plain ~plain/.ssh; install -m 600 -o plain -g plain ~/.ssh/authorized_keys ~plain/.ssh/authorized_keys",
    );
    const { items } = await panel.client.call("GET /api/v1/ssh-keys");
    await addBySsh(panel.client, "plain3", { host: host.address, user: "plain", keyId: items[0]!.id });
    await isReadBySsh("plain3");
    const failed = await done("plain3", "deploy");
    expect(failedStep(failed)).toMatchObject({ step: "check", detail: expect.stringMatching(/sudo/) });
    expect(failed.aftermath).toBe("Nothing was changed.");
    if ((await host.ssh(["test", "-x", "/usr/bin/sudo"])).exitCode === 0) {
      await host.shell("echo 'plain ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/plain; chmod 440 /etc/sudoers.d/plain");
      const deployed = await done("plain3", "deploy");
      mustSucceed(deployed);
      expect(deployed.steps[0]?.detail).toContain("by sudo");
      // The same machine is another server's by now.
      const other = await done("web3", "deploy");
      expect(failedStep(other)).toMatchObject({ step: "check", detail: expect.stringMatching(/another server/) });
      mustSucceed(await done("plain3", "uninstall"));
    }
    await panel.client.call("DELETE /api/v1/servers/{id}", { params: { id: await idOf("plain3") } });
  });

  test("[DP3] a server without room is told how much it needs, before anything is sent", async () => {
    const small: LabHost = await panel.lab.up("small", { diskSize: "48m" });
    const { items } = await panel.client.call("GET /api/v1/ssh-keys");
    await small.shell(`echo '${items[0]!.publicKey}' >> ~/.ssh/authorized_keys`);
    await addBySsh(panel.client, "small", { host: small.address, user: "root", keyId: items[0]!.id });
    await isReadBySsh("small");
    const failed = await done("small", "deploy");
    expect(failedStep(failed)).toMatchObject({
      step: "check",
      detail: expect.stringMatching(/needs \d+ MB.* are free/),
    });
    expect(await small.shell(LEFT)).toBe("");
    await small.down();
  });

  test("[DP7] a hub that is killed in the middle goes on by SSH, and the next one comes through", async () => {
    const asked = await ask("web2", "deploy");
    await until(asked, ({ steps }) => steps.some(({ step, state }) => step === "join" && state === "done"));
    await panel.killHub();
    await waitFor(async () => ["ssh", "agent"].includes((await panel.client.server("web2")).link), {
      describe: "there",
    });
    const { link } = await panel.client.server("web2");
    if (link === "ssh") {
      await isReadBySsh("web2");
      mustSucceed(await done("web2", "deploy"));
    }
    await panel.client.serverWhen(
      "web2",
      "reports",
      ({ link: by, presence }) => by === "agent" && presence.is === "online",
      120_000,
    );
    mustSucceed(await done("web2", "uninstall"));
  });

  test("[DP5] several at once, and each ends by itself", async () => {
    const names = ["web1", "web2", "web3"];
    for (const name of names) await isReadBySsh(name);
    const all = await Promise.all((await Promise.all(names.map((name) => ask(name, "deploy")))).map(ended));
    for (const each of all) mustSucceed(each);
    for (const name of names)
      await panel.client.serverWhen(
        name,
        "reports",
        ({ link, presence }) => link === "agent" && presence.is === "online",
      );
  });
});
