import { silentLogger } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { describe, expect, it } from "vitest";
import { type DoctorReport, type FixtureName, diagnose } from "./diagnose.ts";

const byName = (report: DoctorReport) => new Map(report.findings.map((finding) => [finding.what, finding]));

describe("the doctor", () => {
  it("finds our numbers equal to free, df and /proc on an ordinary machine", async () => {
    const findings = byName(await diagnose("debian-vm", new FakeClock(), silentLogger));
    expect(findings.get("memory_total_bytes")?.verdict).toBe("same");
    expect(findings.get("memory_used_bytes")?.verdict).toMatch(/same|close/);
    expect(findings.get('filesystem_total_bytes{mount="/"}')?.verdict).toBe("same");
    expect([...findings.values()].filter(({ verdict }) => verdict === "differs")).toEqual([]);
    expect(findings.size).toBeGreaterThan(12);
  });

  it("expects a difference from free in a limited container and says why", async () => {
    const findings = byName(await diagnose("docker-cgroup2", new FakeClock(), silentLogger));
    expect(findings.get("memory_total_bytes")).toMatchObject({
      ours: 1024 ** 3,
      theirs: 16_777_216_000,
      verdict: "expected",
    });
    expect(findings.get("memory_total_bytes")?.why).toContain("cgroup v2 memory.max");
  });

  it("agrees with free where lxcfs shows both the same", async () => {
    const findings = byName(await diagnose("lxc-lxcfs", new FakeClock(), silentLogger));
    expect(findings.get("memory_used_bytes")).toMatchObject({ verdict: "same", differenceRatio: 0 });
  });

  it("calls it unknown where a tool is missing, and says who does not say", async () => {
    const report = await diagnose("raspberry-pi", new FakeClock(), silentLogger);
    expect(byName(report).get("memory_total_bytes")).toMatchObject({
      theirs: null,
      verdict: "unknown",
      why: "free -b does not say",
    });
  });

  it("tells a wrong number", async () => {
    const lying: FixtureName = "debian-vm";
    const report = await diagnose(lying, new FakeClock(), silentLogger, {
      "/usr/bin/free -b":
        "               total        used        free      shared  buff/cache   available\nMem:     99 1 1 1 1 1\nSwap: 5 5 0\n",
    });
    expect(byName(report).get("memory_total_bytes")?.verdict).toBe("differs");
    expect(byName(report).get("swap_total_bytes")).toMatchObject({ ours: 0, theirs: 5 });
  });

  it("names the collectors that cannot work here", async () => {
    const report = await diagnose("raspberry-pi", new FakeClock(), silentLogger);
    expect(report.problems).toContainEqual({ collector: "pressure", why: expect.stringContaining("psi=1") as string });
  });
});
