import { randomBytes } from "node:crypto";
import { MusterError, isMusterError } from "@muster/core";
import type { Clock, DriverName, Logger, Random } from "@muster/core";
import {
  actionWitness,
  COLLECTOR_KINDS,
  CollectLoop,
  logReader,
  LogStreams,
  ProbePrograms,
  ProcessReader,
  readFacts,
  reportPolicy,
  ServiceReport,
  wireFacts,
} from "@muster/host";
import type { ActingHost, CollectorKind, Definitions, Host, LogCatalogDeps, ServiceDriver } from "@muster/host";
import { Egress, Lifecycle, randomHex, secureRandom, systemClock } from "@muster/node-kit";
import { ownReadings } from "./collect/own-readings.ts";
import { CommandDesk } from "./commands/command-desk.ts";
import { Journal } from "./commands/journal.ts";
import { INTERVAL_MS_MAX, INTERVAL_MS_MIN, statePaths } from "./config.ts";
import type { AgentConfig } from "./config.ts";
import { holdState } from "./identity/hold-state.ts";
import { loadIdentity, prepareState, saveIdentity } from "./identity/identity.ts";
import { KeyRing } from "./identity/key-ring.ts";
import { LocalHost } from "./local-host.ts";
import { ContainerRings } from "./logs/container-rings.ts";
import { readPolicy } from "./policy/read-policy.ts";
import { openServices } from "./open-services.ts";
import { Sequence } from "./spool/sequence.ts";
import { Spool } from "./spool/spool.ts";
import { openDoor } from "./open-door.ts";
import { awaitHub } from "./uplink/await-hub.ts";
import { dialHub } from "./uplink/greeting.ts";
import { Outbox } from "./uplink/outbox.ts";
import { Tunnels } from "./tunnels/tunnels.ts";
import { Uplink } from "./uplink/uplink.ts";
import type { UplinkEnd } from "./uplink/uplink.ts";

/** Parts that a test or another program replaces. */
export interface AgentDeps {
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly host?: Host;
  /** The machine as it is acted on and its logs are read; the local one unless `host` is replaced. */
  readonly acting?: ActingHost;
  readonly drivers?: ReadonlyMap<DriverName, ServiceDriver>;
  /** What commands define; the supervisor unless told. */
  readonly definitions?: Definitions;
  /** Where logs come from besides files and the journal. */
  readonly logSources?: Pick<LogCatalogDeps, "containerSocket" | "supervised" | "panes">;
  readonly kinds?: readonly CollectorKind[];
  /** Who must own the policy file; root unless told. */
  readonly policyOwnerUid?: number;
}

export interface RunningAgent {
  readonly state: () => Uplink["state"];
  /** Settles when the hub will not have this agent any more. */
  readonly ended: Promise<UplinkEnd>;
  /** Spools what is not acknowledged and releases everything. */
  stop(): Promise<void>;
}

/** Starts the agent of a machine that has joined. Throws NOT_JOINED, IDENTITY_UNSAFE, CONFLICT when it runs already. */
export async function runAgent(config: AgentConfig, deps: AgentDeps): Promise<RunningAgent> {
  const { log, clock = systemClock, random = secureRandom } = deps;
  prepareState(config.stateDirectory);
  const identity = loadIdentity(config.stateDirectory);
  if (identity === undefined) throw new MusterError("NOT_JOINED");
  if (identity.hubUrl === "" && config.listen === undefined)
    throw new MusterError("CONFIG_INVALID", {
      message: "The hub of this machine dials it: set MUSTER_AGENT_LISTEN, or say muster agent serve.",
    });
  const keys = new KeyRing(config.stateDirectory);
  const paths = statePaths(config.stateDirectory);
  const policySource = {
    path: config.policyPath,
    ...(deps.policyOwnerUid === undefined ? {} : { ownerUid: deps.policyOwnerUid }),
  };
  const policy = () => readPolicy(policySource);

  const lifecycle = new Lifecycle({ log });
  lifecycle.add("state", holdState(config.stateDirectory));
  try {
    const local = deps.host === undefined ? new LocalHost(clock) : undefined;
    if (local !== undefined) lifecycle.add("host", () => local.close());
    const host = deps.host ?? local!;
    const actingHost = deps.acting ?? local;
    const journal = new Journal(paths.journal, clock.now());
    lifecycle.add("journal", () => journal.close());
    const services = await openServices(config, {
      clock,
      log,
      random,
      policy,
      host: actingHost,
      drivers: deps.drivers,
      ownerUid: deps.policyOwnerUid ?? 0,
      lifecycle,
    });
    const { drivers, watch, ledger } = services;
    const desk = new CommandDesk({
      ...{ journal, clock, log, policy },
      host: actingHost,
      drivers,
      definitions: deps.definitions ?? services.definitions,
      ownPid: process.pid,
      witness: actionWitness({ watch, note: (note) => ledger.note(note) }),
    });
    lifecycle.add("commands", () => desk.stop());
    const spool = new Spool({ directory: paths.spool, bytesMax: config.spoolBytesMax }, { clock, log });
    lifecycle.add("spool", () => spool.close());
    const sequence = new Sequence(paths.sequence, spool.highestSeq);
    lifecycle.add("sequence", () => sequence.close());
    const outbox = new Outbox({ clock, sequence, spool });
    lifecycle.add("outbox", () => outbox.end());

    const collecting = { mounts: config.mounts, hostRoot: config.hostRoot, intervalMs: config.intervalMs };
    const own = ownReadings({
      spoolBytes: () => spool.bytes,
      droppedSamples: () => outbox.droppedSamples,
      collectFailures: () => loop.failures,
    });
    const loop: CollectLoop = new CollectLoop(collecting, {
      clock,
      log,
      host,
      kinds: [...(deps.kinds ?? COLLECTOR_KINDS), ...services.kinds, own],
      take: (round) => outbox.take(round),
      tick: () => {
        services.tick();
        uplink.tick();
      },
    });
    const processes = new ProcessReader(collecting, { host, clock });
    const facts = async (seenAddress: string | undefined) => {
      // Asked for by a hub that knows no newest value yet: what is read rarely must not be missing there for half a minute.
      loop.refresh();
      return wireFacts(
        await readFacts(collecting, { host, clock }),
        process.versions.node,
        config.isExternalAddressTold ? seenAddress : undefined,
      );
    };

    const logs =
      actingHost &&
      logsOf(
        actingHost,
        { ...services.logSources, ...deps.logSources },
        { clock, log, policy, directory: paths.rings },
      );
    if (logs !== undefined) lifecycle.add("container rings", () => logs.rings.stop());

    const programs = new ProbePrograms({ host: actingHost ?? host, policy, clock });
    const tunnels = new Tunnels({ egress: new Egress({ clock }), policy });
    const door = config.listen && (await openDoor(config.listen, clock));
    if (door !== undefined) lifecycle.add("door", () => door.close());
    const meeting = { clock, log, randomBytes };
    const ending = Promise.withResolvers<UplinkEnd>();
    const uplink: Uplink = new Uplink(identity, {
      clock,
      log,
      random,
      way: door === undefined ? "dials" : "listens",
      meet: door === undefined ? dialHub(meeting) : awaitHub(door, meeting),
      keys,
      outbox,
      commands: desk,
      policy: async () => reportPolicy(await policy()),
      facts,
      instanceId: randomHex(16),
      bootId: async () => (await host.readFile("/proc/sys/kernel/random/boot_id", "once"))?.trim() ?? "",
      intervalMs: () => config.intervalMs,
      calls: {
        readProcesses: (limit) => processes.read(limit, AbortSignal.timeout(10_000)),
        focus: (forMs) => (loop.focus(forMs), loop.intervalMs),
        setInterval: (intervalMs) => {
          const bounded = Math.min(Math.max(intervalMs, INTERVAL_MS_MIN), INTERVAL_MS_MAX);
          loop.setInterval(bounded);
          return bounded;
        },
        readLedger: (afterSeq, limit) => ({ ledgerId: ledger.id, entries: ledger.read(afterSeq, limit) }),
        listDefinitions: () => Promise.resolve(services.listDefinitions()),
        focusServices: (forMs) => watch.focus(forMs),
      },
      tellServices: (send) =>
        new ServiceReport({
          clock,
          ledger,
          read: () => watch.read(),
          services: () => watch.services,
          drivers: () => watch.drivers,
          listen: (changed) => watch.listen(changed),
          send,
        }),
      streams: (name, params, signal, heard) => {
        if (name === "tunnel") return tunnels.open(params, heard, signal);
        if (name === "probe.exec" || name === "probe.ping") return programs.open(name, params, signal);
        if (name !== "logs.read" || logs === undefined) throw new Error("unsupported");
        return logs.streams.open(params, signal);
      },
      save: (learned) => saveIdentity(config.stateDirectory, { ...identity, ...learned }),
      ended: ending.resolve,
    });

    const loaded = await policy();
    if (loaded.source === "broken") log.warn("the policy file is not used: monitor-only", { why: loaded.why });
    await services.start();
    // What the last run left in the middle is found out by looking, so everything that looks must be there first.
    desk.recover(keys.active);
    loop.start();
    lifecycle.add("collectors", () => loop.stop());
    logs?.rings.start();
    door?.onKnock(() => uplink.doubt());
    uplink.start();
    lifecycle.add("uplink", () => uplink.stop());
    return { state: () => uplink.state, ended: ending.promise, stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    if (isMusterError(error)) throw error;
    const message = `The state directory cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    throw new MusterError("IDENTITY_UNSAFE", { message }, error);
  }
}

/** Reading logs: what the hub asks for, and what is kept of containers in case they go. */
function logsOf(
  host: ActingHost,
  sources: NonNullable<AgentDeps["logSources"]>,
  deps: Omit<ConstructorParameters<typeof ContainerRings>[0], "reader">,
): { readonly rings: ContainerRings; readonly streams: LogStreams } {
  const { clock } = deps;
  const rings = new ContainerRings({ ...deps, reader: logReader({ host, clock, ...sources }) });
  const streams = new LogStreams({ ...deps, reader: logReader({ host, clock, ...sources, kept: rings }) });
  return { rings, streams };
}
