import { ACTIONS } from "@muster/core";
import type { ActionName } from "@muster/core";
import type { Service } from "@muster/protocol";
import { needs, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabHost } from "./lab/lab.ts";
import { keepEvidence } from "./support/evidence.ts";
import { LabPanel } from "./support/lab-panel.ts";

const describeLab = await needs("systemd-host", "polkit");
const evidence = keepEvidence();

/** A unit that counts its runs, and one of each trouble. */
const UNITS: Readonly<Record<string, string>> = {
  "counted.service": "ExecStart=/bin/sh -c 'echo run >> /root/counted; echo started $$; exec sleep 1000000'",
  "slow.service": "ExecStart=/bin/sh -c 'echo run >> /root/slow; exec sleep 1000000'\nExecStop=/bin/sleep 4",
  "revived.service": "ExecStart=/bin/sleep 1000000\nRestart=on-failure\nRestartSec=100ms",
  "crashing.service": "ExecStart=/bin/sh -c 'exit 7'\nRestart=always\nRestartSec=50ms",
  "other.service": "ExecStart=/bin/sleep 1000000",
};
const POLICY = `
  - {action: service.restart, driver: systemd, names: [counted.service, slow.service, revived.service]}
  - {action: service.stop, driver: systemd, names: [counted.service]}
  - {action: service.start, driver: systemd, names: [counted.service, crashing.service]}
  - {action: service.reset, driver: systemd, names: [crashing.service]}
  - {action: service.enable, driver: systemd, names: [counted.service]}
  - {action: logs.read, driver: systemd, names: [counted.service]}
  - {action: server.reboot, minInterval: 1h}
`;

describeLab("services of real hosts", () => {
  let panel: LabPanel;
  let host: LabHost;
  let second: LabHost;

  const countOf = async (file: string): Promise<number> =>
    Number((await host.shell(`wc -l < /root/${file} 2>/dev/null || echo 0`)).trim());
  const runOf = async (unit: string): Promise<string> =>
    (await host.shell(`systemctl show -p InvocationID --value -- ${unit}`)).trim();

  beforeAll(async () => {
    panel = await LabPanel.start(["web1", "web2", "plain"]);
    host = panel.host("web1");
    second = panel.host("web2");
    evidence.add("hub.log", () => panel.hubOutput);
    for (const [name, each] of panel.hosts)
      evidence.add(`${name}-agent.log`, () => each.shell("journalctl -u muster-agent --no-pager | tail -100"));
    for (const [unit, lines] of Object.entries(UNITS))
      await host.ssh(["sh", "-c", `cat > /etc/systemd/system/${unit}`], {
        stdin: `[Unit]\nStartLimitBurst=4\nStartLimitIntervalSec=60\n[Service]\n${lines}\n[Install]\nWantedBy=multi-user.target\n`,
      });
    await host.shell("systemctl daemon-reload; systemctl start counted slow revived other");
    await panel.policy("web1", POLICY);
  }, 180_000);
  afterAll(() => panel?.[Symbol.asyncDispose]());

  test("units are listed as systemd knows them, with what the policy grants", async () => {
    const counted = await panel.serviceWhen(
      "web1",
      "counted.service",
      "runs and may be restarted",
      ({ state, granted }) => state === "running" && granted.includes("restart"),
      60_000,
    );
    expect(counted).toMatchObject({
      driver: "systemd",
      rawState: "active (running)",
      run: await runOf("counted.service"),
      isCurrent: true,
    });
    expect([...counted.granted].toSorted()).toEqual(["enable", "restart", "start", "stop"]);
    const other = await panel.serviceWhen("web1", "other.service", "is there");
    expect(other).toMatchObject({ state: "running", granted: [], isLogGranted: false });
    const server = await panel.client.server("web1");
    expect(server.services.total).toBeGreaterThan(5);
  });

  test("a restart has succeeded when another run is seen, stands in the audit log and in the ledger with its command", async () => {
    const counted = await panel.serviceWhen("web1", "counted.service", "runs");
    const runs = await countOf("counted");
    const ended = await panel.act("service.restart", counted);
    expect(ended).toMatchObject({ outcome: "succeeded", detail: expect.stringContaining("run") });
    expect(await countOf("counted")).toBe(runs + 1);
    const after = await panel.serviceWhen(
      "web1",
      "counted.service",
      "has another run",
      ({ run }) => run !== counted.run,
    );
    expect(after.run).toBe(await runOf("counted.service"));
    console.log(`restart asked to outcome: ${ended.endedAt! - ended.askedAt} ms`);
    const { items } = await panel.client.call("GET /api/v1/audit", { query: { action: "service.restart" } });
    expect(items.filter(({ cmd }) => cmd === ended.id).map(({ decision }) => decision)).toEqual([
      "succeeded",
      "allowed",
    ]);
    const ledger = await waitFor(
      async () => {
        const lines = (await panel.ledger(counted)).filter(({ cmd }) => cmd === ended.id);
        return lines.some(({ event }) => event === "action") && lines.some(({ event }) => event === "restarted")
          ? lines
          : undefined;
      },
      {
        timeoutMs: 20_000,
        intervalMs: 500,
        describe: async () => `two lines; they are ${JSON.stringify(await panel.ledger(counted))}`,
      },
    );
    expect(ledger.find(({ event }) => event === "action")?.cause).toMatch(/asked for restart: succeeded/);
  });

  test("[CM-08] what the policy does not name is refused with the line to add, and nothing happens", async () => {
    const other = await panel.serviceWhen("web1", "other.service", "runs");
    const ended = await panel.act("service.restart", other);
    expect(ended.outcome).toBe("refused");
    expect(ended.detail).toContain("{action: service.restart, driver: systemd, names: [other.service]}");
    expect(await runOf("other.service")).toBe(other.run);
  });

  test("what the policy allows and the machine has not granted ends as refused, by the machine's word", async () => {
    await host.ssh(["sh", "-c", "cat >> /etc/muster/policy.yaml"], {
      stdin: "  - {action: service.restart, driver: systemd, names: [other.service]}\n",
    });
    const other = await panel.serviceWhen("web1", "other.service", "runs");
    const ended = await panel.act("service.restart", other);
    expect(ended).toMatchObject({ outcome: "refused" });
    expect(await runOf("other.service")).toBe(other.run);
    await panel.policy("web1", POLICY);
  });

  test("a killed unit that systemd starts again is one line of the ledger, not an action", async () => {
    const before = await panel.serviceWhen("web1", "revived.service", "runs", ({ state }) => state === "running");
    await host.shell("systemctl kill -s KILL --kill-who=main revived.service");
    const after = await panel.serviceWhen(
      "web1",
      "revived.service",
      "runs anew",
      ({ run, state }) => state === "running" && run !== null && run !== before.run,
    );
    expect(after.restarts).toBe(1);
    const lines = await waitFor(
      async () => {
        const found = (await panel.ledger(after)).filter(({ event }) => event === "restarted" || event === "state");
        return found.length > 0 ? found : undefined;
      },
      { intervalMs: 500, describe: "the ledger tells of it" },
    );
    expect(lines.every(({ cmd }) => cmd === null)).toBe(true);
  });

  test("a unit that crashes at once fails with its exit code, the start limit says so, and a reset lets it be tried again", async () => {
    await host.shell("systemctl start crashing || true");
    const failed = await panel.serviceWhen("web1", "crashing.service", "has failed", ({ state }) => state === "failed");
    expect(failed.health).toBe("unhealthy");
    expect(failed.lastExit?.code).toBe(7);
    const started = await panel.act("service.start", failed);
    expect(started.outcome).toBe("failed");
    expect(started.detail).toMatch(/reset/);
    expect(await panel.act("service.reset", failed)).toMatchObject({ outcome: "succeeded" });
    const again = await panel.act("service.start", failed);
    expect(again).toMatchObject({ outcome: "failed", detail: expect.stringContaining("7") });
  });

  test("a unit is enabled by an agent who may enable just this one", async () => {
    const counted = await panel.serviceWhen(
      "web1",
      "counted.service",
      "is not enabled",
      ({ enabled }) => enabled === "disabled",
    );
    expect(await panel.act("service.enable", counted)).toMatchObject({ outcome: "succeeded" });
    expect(await host.shell("systemctl is-enabled counted")).toBe("enabled\n");
  });

  test("several at once: each ends by itself, and the same key asks for nothing twice", async () => {
    const [counted, slow] = [
      await panel.serviceWhen("web1", "counted.service", "runs"),
      await panel.serviceWhen("web1", "slow.service", "runs"),
    ];
    const runs = await countOf("counted");
    const asked = await panel.ask("service.restart", { services: [counted.id, slow.id] });
    expect(asked).toHaveLength(2);
    const ended = await Promise.all(asked.map((action) => panel.ended(action)));
    expect(ended.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded"]);
    expect(await countOf("counted")).toBe(runs + 1);
  });

  test("a cable pulled in the middle of a restart: one new run, and the outcome arrives when it is healed", async () => {
    const slow = await panel.serviceWhen("web1", "slow.service", "runs", ({ state }) => state === "running");
    const runs = await countOf("slow");
    const [asked] = await panel.ask("service.restart", { services: [slow.id] });
    await waitFor(
      async () => (await host.shell("systemctl show -p ActiveState --value slow.service")).includes("deact"),
      {
        timeoutMs: 10_000,
        intervalMs: 50,
        describe: "the unit stops",
      },
    );
    await host.cut();
    await panel.client.serverWhen("web1", "is not heard any more", ({ presence }) => presence.is !== "online");
    await host.heal();
    expect(await panel.ended(asked!, 90_000)).toMatchObject({ outcome: "succeeded" });
    expect(await countOf("slow")).toBe(runs + 1);
  });

  test("an agent killed in the middle of a restart finds out by looking, and does nothing twice", async () => {
    const slow = await panel.serviceWhen("web1", "slow.service", "runs", ({ state }) => state === "running");
    const runs = await countOf("slow");
    const [asked] = await panel.ask("service.restart", { services: [slow.id] });
    await waitFor(
      async () => (await host.shell("systemctl show -p ActiveState --value slow.service")).includes("deact"),
      {
        timeoutMs: 10_000,
        intervalMs: 50,
        describe: "the unit stops",
      },
    );
    await host.shell("kill -KILL $(systemctl show -p MainPID --value muster-agent)");
    expect(await panel.ended(asked!, 90_000)).toMatchObject({ outcome: "succeeded" });
    expect(await countOf("slow")).toBe(runs + 1);
  });

  test("a hub killed after it asked has the outcome when it is back", async () => {
    const slow = await panel.serviceWhen("web1", "slow.service", "runs", ({ state }) => state === "running");
    const runs = await countOf("slow");
    const [asked] = await panel.ask("service.restart", { services: [slow.id] });
    await waitFor(
      async () => (await host.shell("systemctl show -p ActiveState --value slow.service")).includes("deact"),
      {
        timeoutMs: 10_000,
        intervalMs: 50,
        describe: "the unit stops",
      },
    );
    await panel.killHub();
    expect(await panel.ended(asked!, 90_000)).toMatchObject({ outcome: "succeeded" });
    expect(await countOf("slow")).toBe(runs + 1);
  });

  test("the log of a granted unit is read, that of another is refused with the line to add", async () => {
    const counted = await panel.serviceWhen("web1", "counted.service", "runs");
    await waitFor(async () => (await panel.logLines(counted)).some((line) => line.startsWith("started ")), {
      describe: "the log has the unit's own line",
    });
    const other = await panel.serviceWhen("web1", "other.service", "runs");
    const refusal = await panel.client.send("GET", `/api/v1/services/${other.id}/logs?format=json`);
    expect(refusal.text).toContain("logs.read");
    expect(refusal.text).toContain("other.service");
  });

  test("[CM-12] a reboot has succeeded when another boot is seen, and the server's own interval holds", async () => {
    const { id, facts } = await panel.client.server("web1");
    const [asked] = await panel.ask("server.reboot", { servers: [id] });
    const ended = await panel.ended(asked!, 120_000);
    expect(ended).toMatchObject({ outcome: "succeeded" });
    const back = await panel.client.serverWhen(
      "web1",
      "is back",
      (server) => server.presence.is === "online" && server.facts?.bootId !== facts?.bootId,
      60_000,
    );
    expect(back.id).toBe(id);
    const [second] = await panel.ask("server.reboot", { servers: [id] });
    expect(await panel.ended(second!)).toMatchObject({ outcome: "refused", detail: expect.stringContaining("ago") });
  });

  describe("what the agent itself keeps running", () => {
    const pidsOf = async (): Promise<readonly string[]> =>
      (await second.shell("pgrep -x sleep -u muster-agent | sort -n")).trim().split("\n");

    test("ten services of the server's own file run, and an agent that is killed leaves them as they are", async () => {
      const names = Array.from({ length: 10 }, (_, index) => `worker-${index}`);
      const file = names
        .map((name) => `  - {name: ${name}, kind: worker, command: [/bin/sleep, "100000"], restart: {when: always}}\n`)
        .join("");
      await panel.policy(
        "web2",
        `
  - {action: service.restart, driver: process, names: [${names.join(", ")}, flood]}
  - {action: service.stop, driver: process, names: [worker-0]}
  - {action: service.define, driver: process, names: [hello, flood], programs: [/bin/sh]}
  - {action: service.undefine, driver: process, names: [hello]}
  - {action: logs.read, driver: process, names: [hello, flood]}
`,
      );
      await second.ssh(["sh", "-c", "umask 022; cat > /etc/muster/services.yaml"], {
        stdin: `version: 1\nservices:\n${file}`,
      });
      for (const name of names)
        await panel.serviceWhen(
          "web2",
          name,
          "runs",
          ({ state, granted }) => state === "running" && granted.length > 0,
        );
      const before = await pidsOf();
      expect(before).toHaveLength(10);
      await second.shell("kill -KILL $(systemctl show -p MainPID --value muster-agent)");
      const back = await panel.serviceWhen("web2", "worker-3", "is told anew", ({ isCurrent }) => isCurrent, 60_000);
      expect(back.state).toBe("running");
      expect(await pidsOf()).toEqual(before);
      await waitFor(async () => (await panel.ledger(back)).some(({ event }) => event === "adopted"), {
        timeoutMs: 30_000,
        intervalMs: 500,
        describe: async () => `a line of its adoption; there are ${JSON.stringify(await panel.ledger(back))}`,
      });
      expect(await pidsOf()).toEqual(before);
    }, 180_000);

    test("a child that is killed is started again at once, and the ledger says why", async () => {
      const killed = async (): Promise<Service> => {
        const worker = await panel.serviceWhen("web2", "worker-1", "runs", ({ state }) => state === "running");
        await second.shell(`kill -KILL ${worker.pid}`);
        return panel.serviceWhen(
          "web2",
          "worker-1",
          "runs anew",
          ({ state, run, pid }) => state === "running" && run !== worker.run && pid !== worker.pid,
        );
      };
      // The first was adopted, so that nobody could see how it ended; the second is the agent's own child.
      await killed();
      const after = await killed();
      await waitFor(async () => (await panel.ledger(after)).some(({ cause }) => cause.includes("SIGKILL")), {
        timeoutMs: 15_000,
        intervalMs: 500,
        describe: async () => `a line that names SIGKILL; there are ${JSON.stringify(await panel.ledger(after))}`,
      });
    });

    test("what the hub defines within the policy runs, its log is read, and it is removed again", async () => {
      const { id } = await panel.client.server("web2");
      const defined = await panel.client.call("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
        params: { id, driver: "process", name: "hello" },
        body: {
          definition: {
            command: ["/bin/sh", "-c", "echo hello $GREETED; echo secret $TOKEN | wc -c; exec sleep 100000"],
            environment: { GREETED: "world" },
            secrets: ["TOKEN"],
          },
          secrets: { TOKEN: "hush-hush-hush" },
        },
      });
      expect(defined).toMatchObject({ outcome: "succeeded" });
      const hello = await panel.serviceWhen("web2", "hello", "runs", ({ state }) => state === "running");
      expect(hello.defined).toBe("hub");
      await waitFor(async () => (await panel.logLines(hello)).includes("hello world"), {
        timeoutMs: 15_000,
        intervalMs: 500,
        describe: async () => `its line; there are ${JSON.stringify(await panel.logLines(hello))}`,
      });
      const listed = await panel.client.call("GET /api/v1/servers/{id}/definitions", { params: { id } });
      expect(JSON.stringify(listed)).not.toContain("hush");
      const { items } = await panel.client.call("GET /api/v1/audit", { query: { action: "service.define" } });
      expect(JSON.stringify(items)).not.toContain("hush");
      const evil = await panel.client.call("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
        params: { id, driver: "process", name: "hello" },
        body: { definition: { command: ["/usr/bin/id"] } },
      });
      expect(evil).toMatchObject({ outcome: "refused", detail: expect.stringContaining("programs") });
      const removed = await panel.client.call("DELETE /api/v1/servers/{id}/definitions/{driver}/{name}", {
        params: { id, driver: "process", name: "hello" },
      });
      expect(removed.outcome).toBe("succeeded");
      await waitFor(async () => !(await panel.services("web2")).some(({ name }) => name === "hello"), {
        timeoutMs: 15_000,
        describe: "it is listed no more",
      });
    });

    test("200 MB of output: every byte is kept in order, and the agent stays small", async () => {
      const { id } = await panel.client.server("web2");
      const defined = await panel.client.call("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
        params: { id, driver: "process", name: "flood" },
        body: {
          definition: {
            command: ["/bin/sh", "-c", "seq -f '%024.0f' 1 8000000; exec sleep 100000"],
            logs: { fileBytesMax: 16_000_000, filesMax: 20 },
          },
        },
      });
      expect(defined.outcome).toBe("succeeded");
      const directory = "/var/lib/muster-agent/supervise/logs/process.flood";
      // Only whoever adds up logical positions knows that nothing is missing: names carry the position of the first byte.
      const count = `cd ${directory} && cat $(ls *.log | sort) *.live | tr -d '\\0' | wc -l`;
      await waitFor(async () => Number((await second.shell(count)).trim()) === 8_000_000, {
        timeoutMs: 90_000,
        intervalMs: 2_000,
        describe: async () => `8,000,000 lines; ${await second.shell(`${count}; ls -ls ${directory}`)}`,
      });
      const order = `cd ${directory} && cat $(ls *.log | sort) *.live | tr -d '\\0' | md5sum`;
      const wanted = await second.shell("seq -f '%024.0f' 1 8000000 | md5sum");
      expect(await second.shell(order)).toBe(wanted);
      const pid = (await second.shell("systemctl show -p MainPID --value muster-agent")).trim();
      const residentKibibytes = Number(await second.shell(`awk '/^VmRSS/ {print $2}' /proc/${pid}/status`));
      console.log(`agent after 200 MB of output: ${Math.round(residentKibibytes / 1024)} MiB resident`);
      expect(residentKibibytes).toBeLessThan(150 * 1024);
    }, 180_000);
  });

  test("[CM-08] a hub with all its keys gets nothing from a server whose policy grants nothing", async () => {
    const { id } = await panel.client.server("plain");
    const args: Readonly<Partial<Record<ActionName, Record<string, string | number>>>> = {
      "process.kill": { pid: 1, startTicks: 1, user: "root", signal: "KILL" },
      "exec.run": { command: "anything" },
    };
    const names = (Object.keys(ACTIONS) as ActionName[]).filter(
      (name) => !["agent.ping", "logs.read", "service.define"].includes(name),
    );
    for (const action of names) {
      const outcome = await panel.client.call("POST /api/v1/servers/{id}/actions", {
        params: { id },
        body: {
          action,
          args:
            args[action] ??
            (action.startsWith("service.")
              ? { driver: "systemd", name: "ssh.service" }
              : action.startsWith("container.")
                ? { name: "web" }
                : {}),
        },
      });
      expect({ action, outcome: outcome.outcome }).toEqual({ action, outcome: "refused" });
    }
  });
});
