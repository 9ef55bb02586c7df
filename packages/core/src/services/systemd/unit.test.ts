import { describe, expect, it } from "vitest";
import { isListed, isPowerUnit, isStartLimitHit, parseShowOutput, parseTimespanMs, parseTimestamp } from "./index.ts";
import { parseUserUnit, unitKindOf, unitOf, unitStatus } from "./index.ts";
import type { Unit } from "./index.ts";

const unit = (text: string): Unit => unitOf(parseShowOutput(`Id=a.service\n${text}\n`)[0]!);
const status = (text: string) => unitStatus(unit(text), { driver: "systemd", name: "a.service" });

describe("names of units", () => {
  it("[CM-01] [CM-02] [CM-03] [CM-04] are whole names of the kinds that can be acted on, and nothing else", () => {
    for (const name of ["nginx.service", "app@1.service", "a-b_c:d.timer", "dev-disk\\x2d1.mount", "x.socket"]) {
      expect(unitKindOf(name), name).toBe(name.split(".").at(-1));
    }
    for (const name of [
      ...[
        "nginx",
        "nginx.service\n",
        "\nnginx.service",
        "nginx.service\nx",
        "*.service",
        "ssh?.service",
        "[a-z].service",
      ],
      ...["--force.service", "-.mount", "-H.service", "a b.service", "a;b.service", "a/b.service", "../a.service"],
      ...[
        "a..service",
        "user.slice",
        "x.scope",
        ".service",
        ".hidden.service",
        "a.service.d",
        `${"x".repeat(260)}.service`,
        "",
        "é.service",
      ],
    ]) {
      expect(unitKindOf(name), JSON.stringify(name)).toBeUndefined();
    }
  });

  it("of a user stand behind the user's name and one colon", () => {
    expect(parseUserUnit("anna:app.service")).toEqual({ user: "anna", unit: "app.service" });
    expect(parseUserUnit("anna:a:b.service")).toEqual({ user: "anna", unit: "a:b.service" });
    for (const name of [
      "app.service",
      ":app.service",
      "anna:",
      "an na:a.service",
      "-x:a.service",
      "a/b:a.service",
      "anna\n:a.service",
    ]) {
      expect(parseUserUnit(name), JSON.stringify(name)).toBeUndefined();
    }
  });

  it("that end the machine are known", () => {
    for (const name of [
      "reboot.target",
      "systemd-poweroff.service",
      "kexec.target",
      "runlevel6.target",
      "emergency.target",
    ]) {
      expect(isPowerUnit(name), name).toBe(true);
    }
    for (const name of ["reboot-notice.service", "my-shutdown.service", "nginx.service", "multi-user.target"]) {
      expect(isPowerUnit(name), name).toBe(false);
    }
  });
});

describe("times as systemd writes them", () => {
  it("are spans of several parts", () => {
    expect(parseTimespanMs("1d 6h 3min 9.976232s")).toBeCloseTo(108_189_976.232, 3);
    expect(parseTimespanMs("100ms")).toBe(100);
    expect(parseTimespanMs("0")).toBe(0);
    expect(parseTimespanMs("1month 2w 1y")).toBe(2_629_800_000 + 1_209_600_000 + 31_557_600_000);
    for (const text of ["infinity", "", "5", "x", "1h x"]) expect(parseTimespanMs(text), text).toBeUndefined();
  });

  it("are instants in UTC, with or without parts of a second, and none in another zone", () => {
    expect(parseTimestamp("Thu 2026-11-26 09:08:50.944950 UTC")).toBe(Date.UTC(2026, 10, 26, 9, 8, 50, 944));
    expect(parseTimestamp("Thu 2026-11-26 10:00:00 UTC")).toBe(Date.UTC(2026, 10, 26, 10));
    for (const text of ["Thu 2026-11-26 10:00:00 CET", "", "n/a", undefined]) {
      expect(parseTimestamp(text)).toBeUndefined();
    }
  });

  it("of a timer without a wall time are reckoned from its last change, which is told on both clocks", () => {
    const at = unit(
      "StateChangeTimestamp=Thu 2026-11-26 10:00:00 UTC\nStateChangeTimestampMonotonic=3600000000\nNextElapseUSecMonotonic=2h\nNextElapseUSecRealtime=",
    ).nextAt;
    expect(at).toBe(Date.UTC(2026, 10, 26, 11));
    const sooner = unit(
      "StateChangeTimestamp=Thu 2026-11-26 10:00:00 UTC\nStateChangeTimestampMonotonic=3600000000\nNextElapseUSecMonotonic=2h\nNextElapseUSecRealtime=Thu 2026-11-26 10:30:00 UTC",
    ).nextAt;
    expect(sooner).toBe(Date.UTC(2026, 10, 26, 10, 30));
  });
});

describe("a unit", () => {
  it("[DR14] says null for what is not set, never 0", () => {
    const { memoryBytes, tasks, cpuSeconds } = unit(
      "MemoryCurrent=[not set]\nTasksCurrent=18446744073709551615\nCPUUsageNSec=[no data]",
    );
    expect([memoryBytes, tasks, cpuSeconds]).toEqual([null, null, null]);
    expect(unit("MemoryCurrent=4096\nTasksCurrent=2\nCPUUsageNSec=1500000000")).toMatchObject({
      memoryBytes: 4096,
      tasks: 2,
      cpuSeconds: 1.5,
    });
  });

  it("has the states of all services, and those that nobody knows yet are unknown with the raw word kept", () => {
    const states = Object.entries({
      "active running": "running",
      "active exited": "running",
      "reloading reload": "running",
      "activating start": "starting",
      "activating auto-restart": "backing-off",
      "deactivating stop-sigterm": "stopping",
      "inactive dead": "stopped",
      "failed failed": "failed",
      "dreaming deep": "unknown",
    });
    for (const [words, state] of states) {
      const [active, sub] = words.split(" ");
      expect(status(`ActiveState=${active}\nSubState=${sub}`), words).toMatchObject({
        state,
        rawState: `${active} (${sub})`,
      });
    }
  });

  it("tells how its last run ended: code, signal, want of memory, or never begun", () => {
    expect(unit("ExecMainCode=1\nExecMainStatus=3\nResult=exit-code").lastExit).toEqual({
      code: 3,
      signal: null,
      detail: "",
    });
    expect(unit("ExecMainCode=2\nExecMainStatus=9\nResult=oom-kill").lastExit).toEqual({
      code: null,
      signal: "SIGKILL",
      detail: "out of memory",
    });
    expect(unit("ExecMainCode=3\nExecMainStatus=11\nResult=core-dump").lastExit?.detail).toBe("core dumped");
    expect(unit("ExecMainCode=1\nExecMainStatus=203\nResult=exit-code").lastExit?.detail).toContain(
      "cannot be executed",
    );
    expect(unit("ExecMainCode=0\nExecMainStatus=0\nResult=timeout").lastExit).toEqual({
      code: null,
      signal: null,
      detail: "timed out",
    });
    expect(unit("ExecMainCode=0\nExecMainStatus=0\nResult=success").lastExit).toBeNull();
    expect(status("ActiveState=failed\nResult=oom-kill\nExecMainCode=2\nExecMainStatus=9").healthDetail).toBe(
      "SIGKILL (out of memory)",
    );
  });

  it("[DR10] is at its start limit by its result, or by as many restarts as are allowed", () => {
    const limited = "ActiveState=failed\nRestart=always\nStartLimitBurst=3\nStartLimitIntervalUSec=1min\n";
    expect(isStartLimitHit(unit(`${limited}Result=start-limit-hit`))).toBe(true);
    expect(isStartLimitHit(unit(`${limited}Result=exit-code\nNRestarts=3`))).toBe(true);
    expect(isStartLimitHit(unit(`${limited}Result=exit-code\nNRestarts=2`))).toBe(false);
    expect(
      isStartLimitHit(
        unit("ActiveState=failed\nRestart=no\nStartLimitBurst=3\nStartLimitIntervalUSec=1min\nNRestarts=0"),
      ),
    ).toBe(false);
    expect(isStartLimitHit(unit("ActiveState=active\nResult=success\nNRestarts=9"))).toBe(false);
  });

  it("that cannot be loaded is unhealthy with the reason", () => {
    const broken =
      'LoadState=bad-setting\nActiveState=inactive\nLoadError=org.freedesktop.systemd1.BadUnitSetting "Bad setting."';
    expect(status(broken)).toMatchObject({ state: "stopped", health: "unhealthy", healthDetail: "Bad setting." });
  });

  it("of a user whose systemd lies says nothing long, and nothing that a terminal would obey", () => {
    const lie = "\u001b[2J" + "x".repeat(100_000);
    const names = ["ActiveState", "SubState", "UnitFileState", "Slice", "InvocationID", "Description", "StatusText"];
    const more = ["Result", "Restart", "RestartUSec", "LoadError"];
    const text = JSON.stringify(status([...names, ...more].map((name) => `${name}=${lie}`).join("\n")));
    expect(text.length).toBeLessThan(3_000);
    expect(text).not.toContain("\\u001b");
  });

  it("shows what can be done to it", () => {
    const able = "CanStart=yes\nCanStop=yes\nCanReload=yes\nActiveState=active\nUnitFileState=enabled";
    expect(status(able).verbs).toEqual(["start", "stop", "restart", "reload", "enable", "disable"]);
    expect(status(`${able}\nRefuseManualStop=yes`).verbs).toEqual(["start", "reload", "enable", "disable"]);
    expect(status("CanStart=no\nCanStop=yes\nActiveState=failed\nUnitFileState=static").verbs).toEqual([
      "stop",
      "reset",
    ]);
  });

  it("is listed when it runs, failed, starts with the machine, was written here, or ran: not for being shipped", () => {
    const loaded = (text: string) => isListed(unit(`LoadState=loaded\n${text}`));
    expect(loaded("ActiveState=active")).toBe(true);
    expect(loaded("ActiveState=failed")).toBe(true);
    expect(loaded("ActiveState=inactive\nUnitFileState=enabled")).toBe(true);
    expect(loaded("ActiveState=inactive\nFragmentPath=/etc/systemd/system/a.service")).toBe(true);
    expect(loaded("ActiveState=inactive\nInactiveExitTimestampMonotonic=5")).toBe(true);
    expect(loaded("ActiveState=inactive\nTriggeredBy=a.timer")).toBe(true);
    expect(loaded("ActiveState=inactive\nUnitFileState=static\nFragmentPath=/lib/systemd/system/a.service")).toBe(
      false,
    );
    expect(loaded("ActiveState=inactive\nUnitFileState=disabled")).toBe(false);
    expect(isListed(unit("LoadState=not-found\nActiveState=inactive\nUnitFileState=enabled"))).toBe(false);
    expect(isListed({ ...unit("LoadState=loaded\nActiveState=active"), id: "home.mount" })).toBe(false);
    expect(isListed({ ...unit("LoadState=loaded\nActiveState=failed"), id: "home.mount" })).toBe(true);
  });
});
