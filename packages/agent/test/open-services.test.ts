import { existsSync } from "node:fs";
import { bareStatus, MONITOR_ONLY, silentLogger } from "@muster/core";
import type { DriverName, Execution, ServiceStatus } from "@muster/core";
import { actionWitness, ServiceReport } from "@muster/host";
import type { ServiceDriver } from "@muster/host";
import { Lifecycle, systemClock } from "@muster/node-kit";
import type { ServicesFrame } from "@muster/protocol";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { LocalHost } from "../src/local-host.ts";
import { openServices } from "../src/open-services.ts";
import { testConfig } from "./agent-fixture.ts";
import { writeDefinitions } from "./supervision-fixture.ts";

/** One unit that runs and never changes. */
const steady: ServiceDriver = {
  name: "systemd",
  detect: () => Promise.resolve({ ok: true }),
  list: () => Promise.resolve([STEADY]),
  read: () => Promise.resolve(STEADY),
  act: () => Promise.resolve({ outcome: "failed", detail: "nothing is done here" }),
};
const STEADY: ServiceStatus = { ...bareStatus({ driver: "systemd", name: "a.service" }), state: "running", run: "1" };

/** Everything about services over a directory, with what else than the supervisor runs some. */
async function opened(
  services: { readonly directory: string; readonly path: string },
  drivers?: ReadonlyMap<DriverName, ServiceDriver>,
) {
  const lifecycle = new Lifecycle({ log: silentLogger });
  const host = new LocalHost(systemClock);
  lifecycle.add("host", () => host.close());
  const open = await openServices(testConfig(services.directory, { servicesPath: services.path }), {
    clock: systemClock,
    log: silentLogger,
    random: () => 0,
    policy: () => Promise.resolve({ source: "missing", policy: MONITOR_ONLY }),
    host,
    drivers,
    ownerUid: process.getuid?.() ?? 0,
    lifecycle,
  });
  await open.start();
  await open.watch.read();
  return { ...open, [Symbol.asyncDispose]: () => lifecycle.stop() };
}

test("[SV24] checks of what others run are in force when the file was edited, though no service changed", async () => {
  await using directory = await temporaryDirectory("services");
  const path = directory.file("services.yaml");
  const checkedBy = (program: string) => ({
    checks: [
      {
        driver: "systemd",
        name: "a.service",
        checks: [{ name: "up", target: { by: "exec", command: [program] }, interval: "1s", fall: 1 }],
      },
    ],
  });
  writeDefinitions(path, checkedBy("/bin/true"));
  await using services = await opened({ directory: directory.path, path }, new Map([["systemd", steady]]));
  const healthNow = () => services.watch.services.get("systemd/a.service")?.health;
  await waitFor(() => healthNow() === "healthy", { describe: "its check is good" });
  writeDefinitions(path, checkedBy("/bin/false"));
  services.tick();
  await waitFor(() => healthNow() === "unhealthy", { describe: "its other check is bad" });
  expect(services.listDefinitions().problems).toEqual([]);
});

test("[HC13] a line at the start of a run decides over a restart of the agent, and not about another run", async () => {
  await using directory = await temporaryDirectory("services");
  const path = directory.file("services.yaml");
  const said = directory.file("said");
  const once = `[ -e ${said} ] || echo ready; touch ${said}; exec sleep 1000`;
  writeDefinitions(path, {
    services: [
      {
        name: "api",
        command: ["/bin/sh", "-c", once],
        checks: [{ name: "log", target: { by: "log", good: "ready" }, interval: "1s" }],
      },
    ],
  });
  const health = async ({ drivers }: { readonly drivers: ReadonlyMap<DriverName, ServiceDriver> }) =>
    (await drivers.get("process")?.read("api", AbortSignal.timeout(1_000)))!;
  let first: ServiceStatus;
  {
    await using services = await opened({ directory: directory.path, path });
    await waitFor(async () => (await health(services)).health === "healthy", { describe: "its line is seen" });
    first = await health(services);
  }
  expect(existsSync(said)).toBe(true);
  await using services = await opened({ directory: directory.path, path });
  await waitFor(async () => (await health(services)).health === "healthy", { describe: "its line is seen again" });
  expect((await health(services)).run).toBe(first.run);
  const act = (verb: "restart" | "stop") =>
    services.drivers.get("process")!.act({ verb, name: "api", args: {} }, AbortSignal.timeout(10_000));
  expect(await act("restart")).toMatchObject({ outcome: "succeeded" });
  await waitFor(async () => (await health(services)).healthDetail.includes("neither text"), {
    describe: "it is tried",
  });
  expect((await health(services)).health).toBe("unknown");
  await act("stop");
});

test("[SW19] what was removed is told as gone before anybody hears that it was", async () => {
  await using directory = await temporaryDirectory("services");
  await using services = await opened({ directory: directory.path, path: directory.file("services.yaml") });
  const key = { driver: "process", name: "api" } as const;
  const frames: ServicesFrame[] = [];
  const report = new ServiceReport({
    ...{ clock: systemClock, ledger: services.ledger },
    read: () => services.watch.read(),
    services: () => services.watch.services,
    drivers: () => services.watch.drivers,
    listen: (changed) => services.watch.listen(changed),
    send: (frame) => void frames.push(frame),
  });
  const witness = actionWitness({ watch: services.watch, note: () => undefined });
  const act = async (name: "service.define" | "service.undefine", work: () => Execution | Promise<Execution>) => {
    const ended = witness({ cmd: "c", action: { name, args: key }, actor: "admin" });
    const execution = await work();
    await ended(execution);
    return execution.outcome;
  };
  await waitFor(() => frames.length > 0, { describe: "all services are told" });
  const definition = JSON.stringify({ ...key, command: ["/bin/sleep", "1000"], autostart: true });
  expect(await act("service.define", () => services.definitions!.define(key, definition))).toBe("succeeded");
  expect(frames.flatMap((frame) => frame.services).map(({ name }) => name)).toContain("api");
  const undefine = () => services.definitions!.undefine(key, AbortSignal.timeout(10_000));
  expect(await act("service.undefine", undefine)).toBe("succeeded");
  expect(frames.at(-1)).toMatchObject({ removed: ["process/api"], services: [] });
  report.end();
});
