import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFacts } from "../src/index.ts";
import { FixtureHost } from "./fixture-host.ts";
import { FIXTURES, twoRounds } from "./run-collectors.ts";

let directory: string;

/** The agent in a Docker container, with the root of a Raspberry Pi mounted at /host. */
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "muster-host-root-"));
  cpSync(join(FIXTURES, "docker-cgroup2", "root"), join(directory, "root"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const layer of ["root", "next"]) {
    cpSync(join(FIXTURES, "raspberry-pi", layer), join(directory, layer, "host"), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  // Through process 1 of the host: its own network, not the container's.
  cpSync(join(FIXTURES, "raspberry-pi/root/proc/net"), join(directory, "root/host/proc/1/net"), { recursive: true });
  mkdirSync(join(directory, "root/host/etc"), { recursive: true });
  writeFileSync(join(directory, "root/host/etc/hostname"), "garden\n");
  const usage = { totalBytes: 1000, freeBytes: 500, availableBytes: 500, totalInodes: 0, freeInodes: 0 };
  writeFileSync(
    join(directory, "answers.json"),
    JSON.stringify({ usage: { "/host/": usage, "/host/mnt/usb disk": usage } }),
  );
});

afterEach(() => rmSync(directory, { recursive: true }));

describe("an agent in a container that sees the machine's root", () => {
  const config = { mounts: "auto", hostRoot: "/host" } as const;

  it("measures the machine, not the container", async () => {
    const readings = await twoRounds(new FixtureHost(directory), config);
    expect(readings.get("memory_total_bytes")).toBe(3_884_376 * 1024);
    expect(readings.get("cpu_busy_ratio")).toBeCloseTo(0.1, 9);
    expect(readings.get("uptime_seconds")).toBe(9306.22);
    expect(readings.get("network_receive_bytes_total", { interface: "wlan0" })).toBe(5_000_000);
    expect(readings.labelled("temperature_celsius")).toHaveLength(1);
  });

  it("names mounts as the machine does, and asks them below its root", async () => {
    const readings = await twoRounds(new FixtureHost(directory), config);
    expect(readings.labelled("filesystem_total_bytes").map(({ labels }) => labels["mount"])).toEqual([
      "/",
      "/mnt/usb disk",
    ]);
  });

  it("says the machine's name, system and that it is no container", async () => {
    const facts = await readFacts(config, { host: new FixtureHost(directory), clock: new FakeClock() });
    expect(facts).toMatchObject({ hostName: "garden", osVersion: "11", container: "none", cpuCount: 4 });
  });
});
