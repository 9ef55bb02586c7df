import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { needs, waitFor } from "@muster/testkit";
import type { ProgramResult } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLab } from "./lab/lab.ts";
import type { Lab, LabHost } from "./lab/lab.ts";
import { keepEvidence } from "./support/evidence.ts";
import { buildPrograms, musterArgv, workspace } from "./support/programs.ts";

const describeLab = await needs("systemd-host", "polkit");
const evidence = keepEvidence();

const RULES = "/etc/polkit-1/rules.d/60-muster-agent.rules";
const DROP_IN = "/etc/systemd/system/muster-agent.service.d/60-grant.conf";
const POLICY = `version: 1
allow:
  - { action: service.restart, driver: systemd, names: [granted.service, "app@1.service"], max: 6/1h }
  - { action: service.reset, driver: systemd, names: [granted.service] }
  - { action: service.enable, driver: systemd, names: [granted.service] }
`;
const WITH_LOGS = `${POLICY}  - { action: logs.read, driver: systemd, names: [granted.service] }\n`;
const WITH_REBOOT = `${POLICY}  - { action: server.reboot, minInterval: 10m }\n`;
const WITH_DOCKER = `${POLICY}  - { action: service.restart, driver: container, names: [web] }\n`;
const WITH_PING = `${POLICY}probe: { icmp: [127.0.0.1] }\n`;
const PING = "ping -n -q -c 1 -W 2 -- 127.0.0.1";
const WITH_KILL = `${POLICY}  - { action: process.kill, users: [root], signals: [TERM] }
  - { action: service.start, driver: process, names: [shop] }
`;
/** Each line a command of its own. */
const PROBE = `while read -r command; do
  said=$(sh -c "$command" 2>&1 </dev/null); printf '%s\\036%s\\035' "$?" "$said"
done < /run/probe.commands > /run/probe/ended
`;
interface Ended {
  readonly code: number;
  readonly said: string;
}
/** What the machine says to somebody without the right. */
const DENIED = /Interactive authentication required|Access denied/;

describeLab("the agent as a service of a real host", () => {
  let lab: Lab;
  let host: LabHost;

  const agent = (...argv: readonly string[]): Promise<ProgramResult> =>
    host.ssh([process.execPath, join(workspace, "dist/agent.mjs"), ...argv], { timeoutMs: 60_000 });
  const must = async (...argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await agent(...argv);
    expect(exitCode, `${argv.join(" ")}: ${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const policy = (text: string): Promise<ProgramResult> =>
    host.ssh(["sh", "-c", "cat > /etc/muster/policy.yaml"], { stdin: text });
  /** Runs commands in the agent's own unit, as its user and behind all its walls; the code of each and what it said. */
  const asAgentEach = async (commands: readonly string[]): Promise<readonly Ended[]> => {
    await host.ssh(["sh", "-c", "cat > /run/probe.commands"], { stdin: `${commands.join("\n")}\n` });
    await host.shell(`sed -e 's|^ExecStart=.*|ExecStart=/bin/sh /run/probe.sh|' -e 's|^Type=.*|Type=oneshot|' \
      -e 's|^Restart=.*|RuntimeDirectory=probe\\nRuntimeDirectoryPreserve=yes|' \
      /etc/systemd/system/muster-agent.service > /run/systemd/system/probe.service
      mkdir -p /run/systemd/system/probe.service.d; rm -f /run/systemd/system/probe.service.d/*
      cp ${DROP_IN} /run/systemd/system/probe.service.d/ 2>/dev/null; systemctl daemon-reload; systemctl start probe.service`);
    const ended = (await host.shell("cat /run/probe/ended")).split("\x1d").slice(0, -1);
    return ended.map((text) => {
      const [code, said = ""] = text.split("\x1e");
      return { code: Number(code), said };
    });
  };
  /** Where it lies is gone with each boot. */
  const writeProbe = () => host.ssh(["sh", "-c", "cat > /run/probe.sh"], { stdin: PROBE });
  const asAgent = async (command: string): Promise<Ended> => (await asAgentEach([command]))[0]!;
  const runOf = (unit: string): Promise<string> => host.shell(`systemctl show -p InvocationID --value -- ${unit}`);
  const exists = async (path: string): Promise<boolean> => (await host.ssh(["test", "-e", path])).exitCode === 0;

  beforeAll(async () => {
    await buildPrograms();
    lab = await startLab();
    host = await lab.up("web1");
    evidence.add("journal.log", () => host.shell("journalctl -b --no-pager | tail -200"));
    // Hosts of the lab begin as copies of the machine, which may have a hub of its own.
    await host.shell("rm -rf /etc/muster; mkdir -m 700 /etc/muster; install -m 400 /dev/null /etc/muster/kek");
    const service = "[Service]\nExecStart=/bin/sleep 1000000\n[Install]\nWantedBy=multi-user.target\n";
    for (const unit of ["granted.service", "other.service", "app@.service"])
      await host.ssh(["sh", "-c", `cat > /etc/systemd/system/${unit}`], { stdin: service });
    await host.shell("systemctl daemon-reload; systemctl start granted other app@1 app@2");
    await writeProbe();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test("is installed with a user, directories and a unit of its own, enabled, and twice is once", async () => {
    // By the command line as well as by the agent's own file.
    const { stdout: said } = await host.ssh(
      [
        ...["sh", "-c", 'umask 077; exec "$@"', "sh"],
        ...["env", "MUSTER_AGENT_SERVICES=/etc/muster/own.yaml", ...musterArgv, "agent", "install"],
      ],
      { timeoutMs: 60_000 },
    );
    expect(said).toContain("made the user muster-agent");
    // As a hub of an older version left it.
    expect(said).toContain("opened /etc/muster for every user");
    expect(said).toContain("it starts when this machine has joined");
    expect(await host.shell("systemctl is-enabled muster-agent")).toBe("enabled\n");
    expect(
      await host.shell(
        "stat -c '%a %U %n' /var/lib/muster-agent /etc/muster /etc/muster/policy.yaml /usr/local/lib/muster/agent.mjs /etc/systemd/system/muster-agent.service",
      ),
    ).toBe(
      "700 muster-agent /var/lib/muster-agent\n755 root /etc/muster\n644 root /etc/muster/policy.yaml\n644 root /usr/local/lib/muster/agent.mjs\n644 root /etc/systemd/system/muster-agent.service\n",
    );
    const unit = await host.shell("cat /etc/systemd/system/muster-agent.service");
    // Said once, it stays over upgrades.
    expect(unit).toContain("MUSTER_AGENT_SERVICES=/etc/muster/own.yaml\n");
    const again = await must("install");
    expect(again).not.toContain("wrote");
    expect(await host.shell("cat /etc/systemd/system/muster-agent.service")).toBe(unit);
    expect([await exists(RULES), await exists(DROP_IN)]).toEqual([false, false]);
  });

  test("[SC-07] the plain unit is at most 2.0 by systemd-analyze security", async () => {
    const line = (await host.shell("systemd-analyze security --no-pager muster-agent.service | tail -1")).trim();
    console.log(`systemd-analyze security: ${line}`);
    expect(Number(/(\d+\.\d+)/.exec(line)?.[1])).toBeLessThanOrEqual(2);
  });

  test("[CM-18] without a grant the machine itself refuses the agent everything", async () => {
    const before = await runOf("granted.service");
    for (const command of ["systemctl restart -- granted.service", "systemctl reboot"]) {
      const { code, said } = await asAgent(command);
      expect({ command, code, said }).toMatchObject({ code: 1, said: expect.stringMatching(DENIED) });
    }
    expect(await runOf("granted.service")).toBe(before);
  });

  test("[CM-18] granted one unit, the agent restarts it, and is refused every other by the machine itself", async () => {
    await policy(POLICY);
    const said = await must("grant");
    expect(said).toContain(`wrote ${RULES}`);
    expect(await host.shell(`stat -c '%a %U' ${RULES}`)).toBe("644 root\n");
    for (const unit of ["granted.service", "app@1.service"]) {
      const before = await runOf(unit);
      expect(await asAgent(`systemctl restart -- ${unit}`)).toEqual({ code: 0, said: "" });
      expect(await runOf(unit)).not.toBe(before);
    }
    expect((await asAgent("systemctl reset-failed -- granted.service")).code).toBe(0);
    const others = ["other.service", "app@2.service", "muster-agent.service", "ssh.service"];
    const before = await Promise.all(others.map(runOf));
    const refused = [
      ...others.map((unit) => `systemctl restart -- ${unit}`),
      "systemctl stop -- granted.service",
      "systemctl start -- other.service",
      "systemctl kill -- granted.service",
      "systemctl reset-failed -- other.service",
      "systemctl set-property --runtime -- granted.service CPUQuota=1%",
      "systemctl enable -- granted.service",
      "systemctl mask -- granted.service",
      "systemctl daemon-reload",
      "systemctl reboot",
      "systemctl poweroff",
      "systemd-run --wait true",
      "systemd-run --wait --unit=granted.service true",
    ];
    const results = await asAgentEach(refused);
    for (const [index, command] of refused.entries())
      expect({ command, ...results[index] }).toMatchObject({ code: 1, said: expect.stringMatching(DENIED) });
    expect(await Promise.all(others.map(runOf))).toEqual(before);
    expect(await must("grant")).toContain("nothing to change");
  });

  test("enabling one unit goes by a unit of root's own, and reaches no other", async () => {
    expect(await asAgent("systemctl start -- muster-enable-granted.service.service")).toEqual({ code: 0, said: "" });
    expect(await host.shell("systemctl is-enabled granted.service")).toBe("enabled\n");
    expect((await asAgent("systemctl start -- muster-disable-granted.service.service")).code).not.toBe(0);
    expect((await asAgent("systemctl start -- muster-enable-other.service.service")).code).not.toBe(0);
    expect((await host.ssh(["systemctl", "is-enabled", "other.service"])).stdout).toBe("disabled\n");
  });

  test("the journal and Docker's socket come with their own entry, and go with it", async () => {
    const journalOf = "journalctl -q -n 1 -o cat -u granted.service";
    await policy(WITH_LOGS);
    expect(await must("grant")).toContain("WHOLE journal");
    expect((await asAgent(journalOf)).said).not.toBe("");
    await policy(WITH_DOCKER);
    expect(await must("grant")).toContain("ROOT by another name, so say it: --allow-docker");
    expect(await exists(DROP_IN)).toBe(false);
    expect((await asAgent(journalOf)).said).not.toContain("sleep");
    expect(await must("grant", "--allow-docker")).toContain("ROOT by another name");
    expect((await asAgent("id -nG")).said).toContain("docker");
    const doctor = await agent("doctor");
    expect(doctor.stdout).toContain("the operating system's rights are those of the policy");
    // An upgrade keeps what root has said once.
    await must("install");
    expect(await host.shell(`cat ${DROP_IN}`)).toContain("SupplementaryGroups=docker");
    await host.shell("groupdel docker");
    expect(await must("grant", "--allow-docker")).toContain("this machine has no group docker");
    expect(await exists(DROP_IN)).toBe(false);
  });

  test("[PO21] a ping runs in the agent's unit with its own line of the policy, and in the hub's unit as it comes", async () => {
    const allowEveryGroup = "mount -o remount,rw /proc/sys; sysctl -q -w net.ipv4.ping_group_range='0 2147483647'";
    await host.shell(allowEveryGroup);
    expect((await asAgent(PING)).code).not.toBe(0);
    await policy(WITH_PING);
    expect(await must("grant")).toContain("net.ipv4.ping_group_range");
    expect(await asAgent(PING)).toMatchObject({ code: 0, said: expect.stringContaining("1 received") });
    const unit = (await readFile(join(workspace, "deploy/muster-hub.service"), "utf8"))
      .replace(/^ExecStart=.*/m, `ExecStart=/usr/bin/${PING}`)
      .replace(/^(?:User|Group|Environment|Restart|ReadWritePaths)=.*$/gm, "")
      .replace("Type=exec", "Type=oneshot\nUser=nobody");
    await host.ssh(["sh", "-c", "cat > /run/systemd/system/pinging.service"], { stdin: unit });
    await host.shell("systemctl daemon-reload; systemctl start pinging.service");
  });

  test("a reboot is granted by an entry of its own; until then doctor says that the grant is old", async () => {
    await policy(WITH_REBOOT);
    expect((await agent("doctor")).stdout).toMatch(/rights are not those of the policy[^]*muster agent grant/);
    await must("grant");
    expect(await host.shell(`cat ${RULES}`)).toContain("org.freedesktop.login1.reboot");
    const bootId = await host.shell("cat /proc/sys/kernel/random/boot_id");
    await asAgent("systemctl reboot").catch(() => undefined);
    await waitFor(async () => (await host.shell("cat /proc/sys/kernel/random/boot_id")) !== bootId, {
      timeoutMs: 30_000,
      intervalMs: 200,
      describe: "the host has booted anew",
    });
    await host.shell("systemctl start granted other");
    await writeProbe();
  });

  test("signals to other users' processes come with a word of their own, and the unit lets services of its own outlive the agent", async () => {
    await policy(WITH_KILL);
    expect(await must("grant")).toContain("--allow-kill");
    const pid = (await host.shell("systemctl show -p MainPID --value granted.service")).trim();
    expect(await asAgent(`kill -0 ${pid}`)).toMatchObject({ code: 1, said: expect.stringMatching(/not permitted/) });
    expect(await must("grant", "--allow-kill")).toContain("EVERY process");
    expect(await asAgent(`kill -0 ${pid}`)).toEqual({ code: 0, said: "" });
    expect(await host.shell("systemctl show -p KillMode --value muster-agent.service")).toBe("process\n");
  });

  test("a policy that is broken or gone takes the rights away at the next grant", async () => {
    await policy("version: 1\nallow: everything\n");
    expect(await must("grant")).toContain("so nothing is granted");
    expect(await exists(RULES)).toBe(false);
    expect((await asAgent("systemctl restart -- granted.service")).said).toMatch(DENIED);
    await policy(POLICY);
    await must("grant");
    expect(await must("grant", "--remove")).toContain(`removed ${RULES}`);
    expect((await asAgent("systemctl restart -- granted.service")).said).toMatch(DENIED);
  });

  test("uninstalling keeps the identity unless told, and purging leaves the machine as it was", async () => {
    await must("grant");
    expect(await must("uninstall")).toContain("kept /var/lib/muster-agent");
    for (const path of [RULES, DROP_IN, "/etc/systemd/system/muster-agent.service", "/usr/local/lib/muster"])
      expect({ path, exists: await exists(path) }).toEqual({ path, exists: false });
    expect(await exists("/var/lib/muster-agent")).toBe(true);
    expect(await must("uninstall", "--purge")).toContain("which somebody wrote");
    expect(await exists("/var/lib/muster-agent")).toBe(false);
    expect((await host.ssh(["id", "muster-agent"])).exitCode).toBe(1);
    expect(await host.shell("find /etc/systemd/system /etc/polkit-1 -name '*muster*'")).toBe("");
  });

  test("uninstalling ends what outlives the agent by a grant, so that its user can go", async () => {
    await must("install");
    await policy(WITH_KILL);
    await must("grant");
    const standIn = `[Service]\nExecStart=\nExecStart=/bin/sh -c "setsid sleep 987654 & exec sleep 987655"\n`;
    const place = "/run/systemd/system/muster-agent.service.d";
    await host.ssh(["sh", "-c", `mkdir -p ${place}; cat > ${place}/90-stand-in.conf`], { stdin: standIn });
    await host.shell("systemctl daemon-reload; systemctl start muster-agent");
    const running = async (): Promise<string> => (await host.ssh(["pgrep", "-f", "sleep 98765[4]"])).stdout;
    await waitFor(async () => (await running()) !== "", { describe: "a service of the agent's own runs" });
    expect(await must("uninstall", "--purge")).toContain("removed the user muster-agent");
    expect(await running()).toBe("");
    await host.shell(`rm -r ${place}; systemctl daemon-reload`);
  });

  test("root is no user for it, nor is what no user can be named", async () => {
    expect((await agent("install", "--user", "root")).stderr).toContain("user of its own");
    expect((await agent("install", "--user", "x;y")).stderr).toContain("name of a user");
  });
});
