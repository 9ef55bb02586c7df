import type { Clock, DriverName, Execution, LoadedPolicy, Logger, Random, ServiceKey } from "@muster/core";
import { deadline, serviceKeyText } from "@muster/core";
import {
  DEFAULT_DRIVER_CONFIG,
  DRIVER_KINDS,
  logReader,
  pageBytesOf,
  serviceReadings,
  ServiceWatch,
} from "@muster/host";
import type { ActingHost, CollectorKind, Definitions, LogCatalogDeps, ServiceDriver } from "@muster/host";
import { Egress, randomHex } from "@muster/node-kit";
import type { Lifecycle } from "@muster/node-kit";
import type { Calls } from "@muster/protocol";
import { customReadings } from "./checks/check-collector.ts";
import { CheckDesk } from "./checks/check-desk.ts";
import { CheckRunner } from "./checks/check-runner.ts";
import { followRunLog } from "./checks/run-log.ts";
import { statePaths } from "./config.ts";
import type { AgentConfig } from "./config.ts";
import { readOwnedFile } from "./policy/owned-file.ts";
import { parseStrictYaml } from "./policy/strict-yaml.ts";
import { Ledger } from "./services/ledger.ts";
import { UnhealthyRestarts } from "./services/unhealthy-restarts.ts";
import { definitionsOf } from "./supervise/definitions-port.ts";
import { supervisedParts } from "./supervise/log-files/read-supervised-log.ts";
import type { SupervisedService } from "./supervise/supervised-service.ts";
import { openSupervision } from "./supervise/supervision.ts";
import type { Supervision } from "./supervise/supervision.ts";
import type { Supervisor } from "./supervise/supervisor.ts";

export interface OpenServicesDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: Random;
  readonly policy: () => Promise<LoadedPolicy>;
  /** Undefined where this agent can only look: then it knows no services. */
  readonly host: ActingHost | undefined;
  /** Instead of those that ship. */
  readonly drivers: ReadonlyMap<DriverName, ServiceDriver> | undefined;
  /** Who must own the definitions file. */
  readonly ownerUid: number;
  readonly lifecycle: Lifecycle;
}

/** Everything about services in one agent: who makes them run, who looks at them, checks them and writes down what happened. */
export interface OpenServices {
  readonly drivers: ReadonlyMap<DriverName, ServiceDriver>;
  readonly watch: ServiceWatch;
  readonly ledger: Ledger;
  readonly kinds: readonly CollectorKind[];
  readonly definitions: Definitions | undefined;
  readonly listDefinitions: () => Calls["definitions.list"]["result"];
  readonly logSources: Pick<LogCatalogDeps, "supervised" | "panes">;
  /** Adopts and starts what is defined. Never rejects. */
  start(): Promise<void>;
  /** Called at every round: definitions, logs and limits are looked at now and then. */
  tick(): void;
}

/** The longest that a restart of an unhealthy service may take. */
const RESTART_MS_MAX = 300_000;

/** Builds it; nothing runs before `start`. What it opens is released by the lifecycle. */
export async function openServices(config: AgentConfig, deps: OpenServicesDeps): Promise<OpenServices> {
  const { clock, log, random, policy, host, lifecycle } = deps;
  const ledger = new Ledger(statePaths(config.stateDirectory).ledger, { clock, log });
  lifecycle.add("ledger", () => ledger.close());
  const note = ledger.note.bind(ledger);

  // Each of the three knows the others only by what it asks of them, and asks nothing before all are there.
  const supervision: Supervision | undefined =
    host &&
    openSupervision(
      {
        stateDirectory: config.stateDirectory,
        definitionsPath: config.servicesPath,
        bootId: (await host.readFile("/proc/sys/kernel/random/boot_id", "once"))?.trim() ?? "",
        pageBytes: await pageBytesOf(host, "/proc"),
      },
      {
        clock,
        log,
        random,
        note,
        newRunId: () => randomHex(8),
        checks: {
          watch: (key, checks, run) => desk?.watch(key, checks, run),
          unwatch: (key) => desk?.unwatch(key),
          healthOf: (key) => desk?.healthOf(key) ?? { health: "unknown", detail: "" },
        },
        readOwned: (path, bytesMax) => readOwnedFile(path, deps.ownerUid, bytesMax),
        parseYaml: parseStrictYaml,
      },
    );
  const supervisor: Supervisor | undefined = supervision?.supervisor;
  const otherChecks = (key: ServiceKey) =>
    supervisor?.otherChecks.find(({ driver, name }) => driver === key.driver && name === key.name);

  const drivers = deps.drivers ?? driversOf(config, host, supervision, { clock, log });
  const watch = new ServiceWatch({
    drivers: [...drivers.values()],
    selfNoting: new Set<DriverName>(["process", "tmux"]),
    note,
    policy,
    definedBy: (driver, name) => supervisor?.find({ driver, name })?.from ?? null,
    checkedHealth: (key) => (otherChecks(key) === undefined ? undefined : desk?.healthOf(key)),
    clock,
    log,
  });

  const stopping = new AbortController();
  const restarts = new UnhealthyRestarts({
    clock,
    random,
    note,
    policyOf: (key) => otherChecks(key)?.restart ?? undefined,
    restart: async ({ driver, name }): Promise<Execution> => {
      const limit = deadline(clock, RESTART_MS_MAX, stopping.signal);
      const execution = await drivers.get(driver)?.act({ verb: "restart", name, args: {} }, limit.signal);
      limit.done();
      return execution ?? { outcome: "failed", detail: "it has no driver here" };
    },
  });
  const runLog = host && {
    clock,
    reader: logReader({
      ...{ host, clock, ...logSourcesOf(supervision, ({ logFrom }) => logFrom) },
      invocationOf: (key) => watch.services.get(serviceKeyText(key))?.run ?? undefined,
    }),
    startedAt: (key: ServiceKey) =>
      key.driver === "container" ? (watch.services.get(serviceKeyText(key))?.since ?? null) : null,
  };
  const runner =
    host &&
    new CheckRunner({
      clock,
      log,
      host,
      note,
      egress: new Egress({ clock }),
      probe: async () => (await policy()).policy.probe,
      onHealth: (key, health) => {
        if (health === "healthy") supervisor?.becameReady(key);
        watch.hint(key.driver, key.name);
      },
      becameUnhealthy: (key, detail) =>
        supervisor?.find(key) === undefined
          ? restarts.becameUnhealthy(key, detail)
          : supervisor.becameUnhealthy(key, detail),
      driverHealth: (key) => watch.driverHealth(serviceKeyText(key)),
      followLog: (key, line, signal) => void (runLog && followRunLog(runLog, key, line, signal)),
    });
  const desk: CheckDesk | undefined =
    runner && new CheckDesk({ runner, definedBy: (key) => supervisor?.find(key)?.from ?? "file" });
  const tellOthers = (): void => desk?.setOthers(supervisor?.otherChecks ?? [], (key) => watch.services.get(key));
  watch.listen(tellOthers);

  lifecycle.add("supervisor", () => supervisor?.close());
  lifecycle.add("checks", async () => {
    restarts.stop();
    stopping.abort();
    await runner?.stop();
  });
  lifecycle.add("services", () => watch.stop());

  return {
    drivers,
    watch,
    ledger,
    kinds: [
      serviceReadings({ clock, read: () => watch.read(), services: () => watch.services }),
      customReadings(() => runner),
    ],
    definitions: supervisor && definitionsOf(supervisor),
    listDefinitions: () => supervisor?.definitions() ?? { definitions: [], problems: [] },
    logSources: logSourcesOf(supervision),
    async start() {
      await supervisor?.start().catch((error: unknown) => log.error("the supervisor cannot start", { error }));
    },
    // The file may have other checks than before for what did not change itself.
    tick: () => void supervisor?.tick().then(tellOthers),
  };
}

/** Whatever makes services run here; which of them work on this machine is found out later. */
function driversOf(
  { hostRoot }: AgentConfig,
  host: ActingHost | undefined,
  supervision: Supervision | undefined,
  deps: { readonly clock: Clock; readonly log: Logger },
): ReadonlyMap<DriverName, ServiceDriver> {
  if (host === undefined) return new Map();
  const config = {
    ...DEFAULT_DRIVER_CONFIG,
    hostRoot,
    // The file may be changed while the agent runs.
    get matches() {
      return supervision?.supervisor.match ?? [];
    },
  };
  const shipped = DRIVER_KINDS.map((kind) => kind.create(config, { host, ...deps }));
  return new Map([...shipped, ...(supervision?.drivers ?? [])].map((driver) => [driver.name, driver]));
}

/** @param fromOf where the part of a process's log begins that is given */
function logSourcesOf(
  supervision: Supervision | undefined,
  fromOf: (service: SupervisedService) => number = () => 0,
): Pick<LogCatalogDeps, "supervised" | "panes"> {
  if (supervision === undefined) return {};
  return {
    supervised: {
      parts: (name) => {
        const service = supervision.supervisor.find({ driver: "process", name });
        return Promise.resolve(service && supervisedParts(service.log.directory, fromOf(service)));
      },
    },
    panes: {
      async capture(name) {
        if (supervision.supervisor.find({ driver: "tmux", name }) === undefined) return undefined;
        const text = await supervision.captureSession(name, PANE_LINES_MAX);
        return text.replace(/\n+$/, "").split("\n");
      },
    },
  };
}

const PANE_LINES_MAX = 5_000;
