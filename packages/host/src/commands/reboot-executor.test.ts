import { silentLogger } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import type { ActingHost } from "../host.ts";
import type { ExecutionDeps, Seen } from "./executor.ts";
import { rebootExecutor } from "./reboot-executor.ts";

const STAT = (startTicks: number): string => `1 (systemd) S ${"0 ".repeat(18)}${startTicks}${" 0".repeat(30)}`;

/** A machine that is reached from elsewhere; the test says in which boot it is, or that it does not answer. */
function remote(execute: () => Promise<{ exitCode: number; stderr: string }>) {
  const clock = new FakeClock();
  const machine: { boot: number | "silent" | "half" } = { boot: 1 };
  const host = {
    readFile: (path: string) => {
      if (machine.boot === "silent") return Promise.reject(new Error("the connection is down"));
      if (machine.boot === "half") return Promise.resolve(path.endsWith("boot_id") ? "boot-1\n" : undefined);
      return Promise.resolve(path.endsWith("boot_id") ? `boot-${machine.boot}\n` : STAT(machine.boot));
    },
    execute,
  } as unknown as ActingHost;
  const deps = { clock, host, log: silentLogger } as unknown as ExecutionDeps;
  const seen: Seen = { of: "machine", bootId: "boot-1 1" };
  const action = { name: "server.reboot", args: {} } as const;
  const stop = new AbortController();
  const run = () => rebootExecutor.run({ action, entry: undefined }, seen, deps, stop.signal);
  return { clock, machine, run, deps, action, signal: stop.signal };
}

test("[CM-12] a machine reached from elsewhere is silent for a while, and another boot proves it", async () => {
  const { clock, machine, run, deps, action, signal } = remote(() => Promise.resolve({ exitCode: 0, stderr: "" }));
  expect(await rebootExecutor.observe(action, deps, signal)).toEqual({ of: "machine", bootId: "boot-1 1" });
  const outcome = run();
  let isTold = false;
  void outcome.then(() => (isTold = true));
  await clock.advance(3_000);
  machine.boot = "half";
  await clock.advance(3_000);
  expect(isTold).toBe(false);
  machine.boot = "silent";
  await clock.advance(60_000);
  machine.boot = 2;
  await clock.advance(2_000);
  expect(await outcome).toMatchObject({ outcome: "succeeded" });
  expect(clock.pendingTimers).toBe(0);
});

test("[CM-12] one that goes down faster than it answers is no failure, one that never was asked is", async () => {
  const cut = remote(() => Promise.reject(new Error("the connection was cut")));
  const rebooted = cut.run();
  cut.machine.boot = "silent";
  await cut.clock.advance(40_000);
  cut.machine.boot = 2;
  await cut.clock.advance(2_000);
  expect(await rebooted).toMatchObject({ outcome: "succeeded" });

  const missing = remote(() => Promise.reject(new Error("there is no such program")));
  const failing = missing.run();
  await missing.clock.advance(25_000);
  expect(await failing).toMatchObject({ outcome: "failed", detail: expect.stringContaining("no such program") });
});

test("[CM-12] one that does not come back is unknown, one that stays up has failed", async () => {
  const gone = remote(() => Promise.resolve({ exitCode: 0, stderr: "" }));
  const unknown = gone.run();
  gone.machine.boot = "silent";
  await gone.clock.advance(6 * 60_000);
  expect(await unknown).toMatchObject({ outcome: "unknown" });

  const still = remote(() => Promise.resolve({ exitCode: 0, stderr: "" }));
  const failed = still.run();
  await still.clock.advance(6 * 60_000);
  expect(await failed).toMatchObject({ outcome: "failed" });
});
