import { DEFAULT_DRIVER_CONFIG, DRIVER_KINDS } from "@muster/host";
import type { ServiceDriver } from "@muster/host";
import { silentLogger } from "@muster/core";
import type { Execution, ServiceStatus, Verb } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { needs, testServiceDriver, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLab } from "../lab/lab.ts";
import type { Lab, LabHost } from "../lab/lab.ts";
import { LabActingHost } from "../support/lab-acting-host.ts";

const describeLab = await needs("systemd-host", "polkit");
const never = new AbortController().signal;
const USER = "anna";
const UID = 1500;

const UNITS: Readonly<Record<string, string>> = {
  "lasting.service":
    "[Unit]\nDescription=Runs for ever\n[Service]\nExecStart=/bin/sleep 100000\n[Install]\nWantedBy=multi-user.target\n",
  "failing.service": "[Service]\nExecStart=/bin/sh -c 'exit 3'\n",
  "slow.service":
    "[Service]\nType=notify\nNotifyAccess=all\nTimeoutStopSec=1\nExecStart=/bin/sh -c 'sleep 20; systemd-notify --ready; exec sleep 100000'\n",
  "loop.service":
    "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sh -c 'exit 7'\nRestart=always\nRestartSec=30\n",
  "limit.service":
    "[Unit]\nStartLimitIntervalSec=300\nStartLimitBurst=3\n[Service]\nExecStart=/bin/sh -c 'exit 7'\nRestart=always\nRestartSec=20ms\n",
  "quick.service": "[Service]\nExecStart=/bin/sh -c 'sleep 0.2; exit 7'\nRestart=always\nRestartSec=20ms\n",
  "healing.service": "[Service]\nExecStart=/bin/sleep 100000\nRestart=always\nRestartSec=50ms\n",
  "once.service": "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  "good.service": "[Service]\nExecStart=/bin/sleep 100000\nExecReload=/bin/true\n",
  "bad.service": "[Service]\nExecStart=/bin/sleep 100000\nExecReload=/bin/false\n",
  "tick.timer": "[Timer]\nOnCalendar=2099-01-01 00:00:00 UTC\nUnit=once.service\n[Install]\nWantedBy=timers.target\n",
  "soon.timer": "[Timer]\nOnActiveSec=26h\nUnit=once.service\n",
  "port.socket": "[Socket]\nListenStream=127.0.0.1:4455\nListenDatagram=[::1]:4456\n",
  "port.service": "[Service]\nExecStart=/bin/cat\n",
  "absent.service": "[Service]\nExecStart=/nowhere/at/all\n",
};

describeLab("systemd on a lab host", () => {
  let lab: Lab;
  let host: LabHost;
  let root: LabActingHost;
  let driver: ServiceDriver;

  const driverOf = (name: string, on: LabActingHost): ServiceDriver => {
    const kind = DRIVER_KINDS.find((one) => one.name === name);
    if (kind === undefined) throw new Error(`no driver ${name}`);
    return kind.create(DEFAULT_DRIVER_CONFIG, { host: on, clock: systemClock, log: silentLogger });
  };
  const write = (directory: string): Promise<string> =>
    host.shell(
      Object.entries(UNITS)
        .map(([name, text]) => `mkdir -p ${directory}; cat > ${directory}/${name} <<'EOF'\n${text}EOF\n`)
        .join(""),
    );
  const act = (verb: Verb, name: string, by = driver): Promise<Execution> =>
    by.act({ verb, name, args: {} }, AbortSignal.timeout(60_000));
  const read = async (name: string): Promise<ServiceStatus> => (await driver.read(name, never))!;
  const canaries = async (): Promise<readonly string[]> =>
    (await host.shell("ls -d /tmp/muster-canary* 2>/dev/null || true")).split("\n").filter(Boolean);

  beforeAll(async () => {
    lab = await startLab();
    host = await lab.up("a");
    await write("/etc/systemd/system");
    await host.shell(`useradd --create-home --uid ${UID} --shell /bin/sh ${USER}`);
    await write(`/home/${USER}/.config/systemd/user`);
    await host.shell(`chown -R ${USER}: /home/${USER}; systemctl daemon-reload; loginctl enable-linger ${USER}`);
    root = await LabActingHost.of(host);
    driver = driverOf("systemd", root);
    const directory = `/run/user/${UID}/systemd`;
    await waitFor(async () => (await root.listDirectory(directory))?.includes("private"), {
      timeoutMs: 20_000,
      describe: "the user's own systemd runs",
    });
  });
  afterAll(async () => {
    root?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  describeLab("keeps the contract of drivers", () => {
    testServiceDriver(() => ({
      driver,
      lasting: "lasting.service",
      failing: "failing.service",
      slow: "slow.service",
      missing: "missing.service",
      kill: async (name) => void (await host.shell(`systemctl kill --signal=KILL ${name}`)),
      canaries,
    }));
  });

  describeLab("of a user who lingers keeps the contract of drivers", () => {
    let user: ServiceDriver;
    beforeAll(() => {
      user = driverOf("systemd-user", root);
    });
    testServiceDriver(() => ({
      driver: user,
      lasting: `${USER}:lasting.service`,
      failing: `${USER}:failing.service`,
      slow: `${USER}:slow.service`,
      missing: `${USER}:missing.service`,
      kill: async (name) => {
        const status = await user.read(name, never);
        await host.shell(`kill -9 ${status?.pid}`);
      },
      canaries,
    }));

    test("a user who has no systemd running, or does not exist, has no services", async () => {
      expect(await user.read("nobody:lasting.service", never)).toBeUndefined();
      expect(await act("start", "nosuch:lasting.service", user)).toMatchObject({
        outcome: "failed",
        detail: expect.stringContaining("enable-linger nosuch") as string,
      });
    });

    test("one whose systemd is frozen hides nobody else's services, and its own are unknown", async () => {
      await host.shell("useradd --create-home --uid 1501 --shell /bin/sh bert; loginctl enable-linger bert");
      const names = async () => (await user.list(never)).map(({ name, state }) => `${name.split(":")[0]} ${state}`);
      await waitFor(async () => (await names()).some((name) => name.startsWith("bert ")), {
        timeoutMs: 20_000,
        describe: async () => `bert's systemd runs; there is ${String(await names())}`,
      });
      const pid = (await host.shell("systemctl show --property=MainPID --value user@1501.service")).trim();
      await host.shell(`kill -STOP ${pid}`);
      try {
        const seen = new Set(await names());
        expect([...seen].filter((name) => name.startsWith("bert"))).toEqual(["bert unknown"]);
        expect([...seen]).toContain("anna running");
      } finally {
        await host.shell(`kill -CONT ${pid}`);
      }
    });

    test("their programs run as that user", async () => {
      await act("start", `${USER}:lasting.service`, user);
      const { pid } = (await user.read(`${USER}:lasting.service`, never))!;
      expect((await host.shell(`stat -c %U /proc/${pid}`)).trim()).toBe(USER);
    });
  });

  test("[DR6] a crash loop is a failed start, and is shown as waiting for its restart", async () => {
    const started = await act("start", "loop.service");
    expect(started.outcome).toBe("failed");
    expect(started.detail).toContain("exit 7");
    const status = await read("loop.service");
    expect(status).toMatchObject({ state: "backing-off", health: "unhealthy", rawState: "activating (auto-restart)" });
    expect(status.restartPolicy).toBe("systemd: always after 30s");
    expect(await act("stop", "loop.service")).toMatchObject({ outcome: "succeeded" });
  });

  test("[DR6] a program that ends within the time to settle and is started again is a failed start", async () => {
    expect(await act("start", "quick.service")).toMatchObject({ outcome: "failed" });
    await act("stop", "quick.service");
  });

  test("[DR10] at the start limit the outcome says what lets it start again, and a reset does", async () => {
    expect((await act("start", "limit.service")).outcome).toBe("failed");
    await waitFor(async () => (await read("limit.service")).state === "failed", {
      timeoutMs: 10_000,
      describe: "systemd gave up",
    });
    expect((await read("limit.service")).healthDetail).toContain("systemctl reset-failed");
    const again = await act("start", "limit.service");
    expect(again).toMatchObject({ outcome: "failed", detail: expect.stringContaining("service.reset") as string });
    expect((await read("limit.service")).verbs).toContain("reset");
    expect(await act("reset", "limit.service")).toMatchObject({ outcome: "succeeded" });
    expect((await read("limit.service")).state).toBe("stopped");
  });

  test("[DR11] a unit that systemd itself restarts shows another run and one more restart, and hints at it", async () => {
    await act("start", "healing.service");
    const before = await read("healing.service");
    const hints: (string | undefined)[] = [];
    const watching = new AbortController();
    driver.watch?.((name) => hints.push(name), watching.signal);
    await driver.list(never);
    await host.shell("systemctl kill --signal=SEGV healing.service");
    const after = await waitFor(
      async () => {
        const found = (await driver.list(never)).find(({ name }) => name === "healing.service");
        return found?.state === "running" && found.run !== before.run ? found : undefined;
      },
      { timeoutMs: 10_000, describe: "a new run in the list" },
    );
    expect(after.restarts).toBe((before.restarts ?? 0) + 1);
    expect(hints).toContain("healing.service");
    watching.abort();
    expect(await act("stop", "healing.service")).toMatchObject({ outcome: "succeeded" });
  });

  test("[DR12] a reload that works leaves the run as it is, one that fails is failed, one that cannot be is too", async () => {
    for (const name of ["good.service", "bad.service"]) await act("start", name);
    const before = await read("good.service");
    expect(before.verbs).toContain("reload");
    expect(await act("reload", "good.service")).toMatchObject({ outcome: "succeeded" });
    expect((await read("good.service")).run).toBe(before.run);
    expect(await act("reload", "bad.service")).toMatchObject({
      outcome: "failed",
      detail: "it did not reload and runs on as it was: exit-code",
    });
    expect(await act("reload", "lasting.service")).toMatchObject({ outcome: "failed" });
    for (const name of ["good.service", "bad.service"]) await act("stop", name);
  });

  test("[DR2] a oneshot that ran and ended is a start that succeeded", async () => {
    expect(await act("start", "once.service")).toMatchObject({
      outcome: "succeeded",
      detail: expect.stringContaining("ran and ended") as string,
    });
  });

  test("a program that is not there is a failed start that says so", async () => {
    expect(await act("start", "absent.service")).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("cannot be executed") as string,
    });
  });

  test("enable and disable are seen in the unit's file state; what has nothing to enable fails and says why", async () => {
    expect(await act("enable", "lasting.service")).toMatchObject({ outcome: "succeeded", detail: "it is enabled" });
    expect((await read("lasting.service")).enabled).toBe("enabled");
    expect(await act("disable", "lasting.service")).toMatchObject({ outcome: "succeeded", detail: "it is disabled" });
    expect(await act("enable", "once.service")).toMatchObject({
      outcome: "failed",
      detail: expect.stringContaining("[Install]") as string,
    });
  });

  test("timers say when they fire next, by wall time and since boot; sockets say their ports", async () => {
    for (const name of ["tick.timer", "soon.timer", "port.socket"]) {
      expect((await act("start", name)).outcome, name).toBe("succeeded");
    }
    const list = new Map((await driver.list(never)).map((status) => [status.name, status]));
    expect(list.get("tick.timer")?.nextAt).toBe(Date.UTC(2099, 0, 1));
    const inHours = ((list.get("soon.timer")?.nextAt ?? 0) - Date.now()) / 3_600_000;
    expect(inHours).toBeGreaterThan(25.9);
    expect(inHours).toBeLessThan(26.1);
    expect(list.get("port.socket")?.ports).toEqual([4455, 4456]);
  });

  test("the list holds own units that never ran, and not what a distribution ships and nothing started", async () => {
    const names = (await driverOf("systemd", root).list(never)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["slow.service", "ssh.service", "systemd-tmpfiles-clean.timer"]));
    for (const noise of ["emergency.service", "rescue.service", "systemd-udevd.service", "initrd-cleanup.service"]) {
      expect(names).not.toContain(noise);
    }
  });

  test("[DR14] what the machine does not count is null", async () => {
    const { memoryBytes, cpuSeconds } = await read("ssh.service");
    expect(memoryBytes).toBeNull();
    expect(cpuSeconds).toBeGreaterThan(0);
  });

  test("[DR13] a watched list costs no child process while nothing changes, and says the same as a first one", async () => {
    const watching = new AbortController();
    const watched = driverOf("systemd", root);
    watched.watch?.(() => undefined, watching.signal);
    const quick = await waitFor(
      async () => {
        root.executed.length = 0;
        const list = await watched.list(never);
        return root.executed.length === 0 ? list : undefined;
      },
      { describe: () => `a list without a child process; the last had ${JSON.stringify(root.executed)}` },
    );
    root.executed.length = 0;
    const fresh = driverOf("systemd", root);
    const whole = await fresh.list(never);
    expect(root.executed.map((argv) => argv[2])).toEqual(["list-units", "show", "show"]);
    const still = (status: ServiceStatus) => ({ ...status, cpuSeconds: 0, memoryBytes: 0, tasks: 0 });
    expect(quick.map(still)).toEqual(whole.map(still));
    watching.abort();
  });

  test("[DR13] a unit that nobody knew is in the next list by its hint alone, and leaves it when it is gone", async () => {
    const hints = new Set<string | undefined>();
    const watching = new AbortController();
    const watched = driverOf("systemd", root);
    watched.watch?.((name) => hints.add(name), watching.signal);
    await watched.list(never);
    const names = async (): Promise<readonly string[]> => (await watched.list(never)).map(({ name }) => name);
    await host.shell("systemd-run --quiet --unit=fresh /bin/sleep 100000");
    await waitFor(() => hints.has("fresh.service"), { describe: () => `a hint of it; ${String([...hints])}` });
    root.executed.length = 0;
    expect(await names()).toContain("fresh.service");
    expect(root.executed.map((argv) => argv[2])).not.toContain("list-units");
    hints.clear();
    await host.shell("systemctl stop fresh.service");
    await waitFor(() => hints.has("fresh.service"), { describe: "a hint of its end" });
    expect(await names()).not.toContain("fresh.service");
    watching.abort();
  });

  test("[DR13] what no run tells of is seen within a minute, and whether a unit is enabled within ten", async () => {
    let aheadMs = 0;
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + aheadMs };
    const kind = DRIVER_KINDS.find((one) => one.name === "systemd")!;
    const watched = kind.create(DEFAULT_DRIVER_CONFIG, { host: root, clock, log: silentLogger });
    const watching = new AbortController();
    watched.watch?.(() => undefined, watching.signal);
    const seen = async (name: string) => (await watched.list(never)).find((status) => status.name === name);
    expect(await seen("tick.timer")).toMatchObject({ enabled: "disabled" });
    // A reset of what failed begins and ends no run.
    expect((await act("start", "failing.service")).outcome).toBe("failed");
    await waitFor(async () => (await seen("failing.service"))?.state === "failed", { describe: "the failure is seen" });
    await host.shell("systemctl reset-failed failing.service; systemctl enable --quiet tick.timer");
    aheadMs += 60_000;
    expect(await seen("failing.service")).toMatchObject({ state: "stopped" });
    aheadMs += 600_000;
    expect(await seen("tick.timer")).toMatchObject({ enabled: "enabled" });
    await host.shell("systemctl disable --quiet tick.timer");
    watching.abort();
  });

  test("[DR15] a unit that ends the machine is refused: that is another action", async () => {
    for (const name of ["reboot.target", "poweroff.target", "systemd-reboot.service", "ctrl-alt-del.target"]) {
      expect(await act("start", name), name).toMatchObject({ outcome: "refused" });
    }
  });

  test("[CM-18] an agent without rights is refused by the system itself, with the line that would grant it", async () => {
    await act("start", "lasting.service");
    const before = await read("lasting.service");
    const powerless = driverOf("systemd", await LabActingHost.of(host, UID));
    expect((await powerless.list(never)).map(({ name }) => name)).toContain("lasting.service");
    const refused = await act("restart", "lasting.service", powerless);
    expect(refused.outcome).toBe("refused");
    expect((await read("lasting.service")).run).toBe(before.run);
    expect((await act("enable", "lasting.service", powerless)).outcome).toBe("refused");
    // The line, put where it says, grants just that.
    const rule = /polkit\.addRule.*$/.exec(refused.detail)?.[0] ?? "";
    await host.shell(`cat > /etc/polkit-1/rules.d/50-muster.rules <<'EOF'\n${rule}\nEOF\nsystemctl restart polkit`);
    const granted = await waitFor(
      async () => {
        const outcome = await act("restart", "lasting.service", powerless);
        return outcome.outcome === "refused" ? undefined : outcome;
      },
      { timeoutMs: 20_000, intervalMs: 200, describe: "polkit has read the rule" },
    );
    expect(granted.outcome).toBe("succeeded");
    expect((await act("stop", "lasting.service", powerless)).outcome).toBe("refused");
    expect((await act("restart", "good.service", powerless)).outcome).toBe("refused");
  });
});
