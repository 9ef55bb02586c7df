import { brokenPolicy, HOUR_MS, loadPolicy, MusterError, SECOND_MS } from "@muster/core";
import type { Cancellable, LinkState, LoadedPolicy, Random } from "@muster/core";
import {
  COLLECTOR_KINDS,
  CollectLoop,
  DEFAULT_DRIVER_CONFIG,
  DRIVER_KINDS,
  logReader,
  LogStreams,
  ProbePrograms,
  ProcessReader,
  readFacts,
  reportPolicy,
  serviceReadings,
  wireFacts,
} from "@muster/host";
import { sha256Hex } from "@muster/node-kit";
import type { Egress } from "@muster/node-kit";
import type { SshLinkSettings } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Ingest } from "../../metrics/ingest.ts";
import { RoundIntake } from "../round-intake.ts";
import { Station } from "../station/station.ts";
import type { StationDeps } from "../station/station.ts";
import type { Stationed } from "../station/stationed-links.ts";
import { parseStrictYaml } from "../strict-yaml.ts";
import type { HostKey } from "./host-key.ts";
import type { SshCredential } from "./login.ts";
import { connect } from "./connect.ts";
import type { SshConnection } from "./ssh-connection.ts";
import type { SshFailure } from "./ssh-failure.ts";
import { SshHost } from "./ssh-host.ts";
import { SshLine } from "./ssh-line.ts";
import type { SshLineStatus } from "./ssh-line.ts";

/** Where a server says what may be done on it, with an agent or without. */
const POLICY_PATH = "/etc/muster/policy.yaml";
/** How often a server that is not reached is thought of; whether it is tried then, its line decides. */
const KNOCK_EVERY_MS = SECOND_MS;
const COLLECTING = { mounts: "auto", hostRoot: "/" } as const;

/** How a server is reached, as it is kept. */
export interface SshLink {
  readonly settings: SshLinkSettings;
  readonly hostKey: HostKey | null;
  readonly intervalMs: number;
}

export interface SshServerDeps extends StationDeps {
  readonly fleet: Fleet;
  readonly ingest: Ingest;
  readonly egress: Egress;
  readonly random: Random;
  readonly credential: () => Promise<SshCredential>;
  /** The connection of the server on the way, where there is one. */
  readonly jump: ((signal: AbortSignal) => Promise<SshConnection>) | undefined;
  /** It can take commands from now on. */
  readonly connected: () => void;
  /** It showed a key that is not the approved one. */
  readonly showedHostKey: (key: HostKey) => void;
}

/** One server by SSH, with all that an agent would do there. */
export class SshServer implements Stationed {
  readonly station: Station;
  readonly line: SshLine;
  readonly calls: Stationed["calls"];
  readonly streams: Stationed["streams"];
  readonly #serverId: string;
  readonly #link: SshLink;
  readonly #deps: SshServerDeps;
  readonly #host: SshHost;
  readonly #intake: RoundIntake;
  #intervalMs: number;
  #loop: CollectLoop | undefined;
  #timer: Cancellable | undefined;
  #factsMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(serverId: string, link: SshLink, deps: SshServerDeps) {
    const { clock, log, random } = deps;
    this.#serverId = serverId;
    this.#link = link;
    this.#deps = deps;
    this.#intervalMs = link.intervalMs;
    this.line = new SshLine({
      ...{ clock, random },
      connect: (signal) => this.#connect(signal),
      changed: (status) => this.#lineChanged(status),
    });
    const host = new SshHost(link.settings.sudo === true ? "sudo" : "self", { clock, reach: this.line.reach });
    this.#host = host;
    const drivers = DRIVER_KINDS.map((kind) => kind.create(DEFAULT_DRIVER_CONFIG, { host, clock, log }));
    const policy = (): Promise<LoadedPolicy> => this.#readPolicy();
    this.station = new Station(serverId, { drivers, host, policy }, deps);
    this.#intake = new RoundIntake(serverId, deps.ingest);
    const logs = new LogStreams({ reader: logReader({ host, clock }), policy, clock, log });
    const programs = new ProbePrograms({ host, policy, clock });
    this.streams = {
      "logs.read": (params, signal) => logs.open(params, signal),
      "probe.exec": (params, signal) => programs.open("probe.exec", params, signal),
      "probe.ping": (params, signal) => programs.open("probe.ping", params, signal),
    };
    this.calls = this.#answers(new ProcessReader(COLLECTING, { host, clock }));
  }

  get isReached(): boolean {
    return this.line.status.state === "connected";
  }

  /** Begins to try to reach it, after a moment of its own so that not all are tried at once. */
  start(afterMs: number): void {
    this.#noteLink("waiting", "", this.#deps.clock.now());
    this.#timer = this.#deps.clock.after(afterMs, () => this.#knock());
  }

  async refresh(signal: AbortSignal): Promise<void> {
    await this.line.reach(signal);
    this.#loop?.refresh();
    await this.station.watch.read();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await Promise.all([this.#endLoop(), this.station.stop(() => this.line.close())]);
  }

  #answers(processes: ProcessReader): Stationed["calls"] {
    return {
      "processes.list": ({ limit }, signal) => processes.read(limit, signal),
      interval: ({ intervalMs }) => {
        this.#intervalMs = intervalMs;
        this.#loop?.setInterval(intervalMs);
        return Promise.resolve({ intervalMs });
      },
      focus: ({ forMs }) => {
        this.#loop?.focus(forMs);
        return Promise.resolve({ intervalMs: this.#loop?.intervalMs ?? this.#intervalMs });
      },
      "services.focus": ({ forMs }) => {
        this.station.watch.focus(forMs);
        return Promise.resolve({});
      },
      "definitions.list": () => Promise.resolve({ definitions: [], problems: [] }),
    };
  }

  async #connect(signal: AbortSignal): Promise<SshConnection> {
    const { credential, jump } = this.#deps;
    const { settings, hostKey } = this.#link;
    const { host, port = 22, user } = settings;
    const via = await jump?.(signal);
    return connect(
      {
        address: { host, port, user },
        ...{ hostKey: hostKey ?? undefined, credential, account: this.#serverId },
        ...(via !== undefined && { jump: via }),
      },
      this.#deps,
      signal,
    );
  }

  /** Asking for the connection is what makes it. */
  #knock(): void {
    void this.line
      .reach(new AbortController().signal)
      .catch(() => undefined)
      .then(() => {
        if (!this.#isStopped) this.#timer = this.#deps.clock.after(KNOCK_EVERY_MS, () => this.#knock());
      });
  }

  #lineChanged({ state, since, lastFailure }: SshLineStatus): void {
    if (this.#isStopped) return;
    if (state === "connected") this.#reached(since);
    else if (state === "waiting" && lastFailure !== undefined) this.#lost(lastFailure, since);
  }

  #reached(since: number): void {
    this.#noteLink("ok", "", since);
    // It may have been away because it was started anew.
    this.#factsMs = Number.NEGATIVE_INFINITY;
    this.#startLoop();
    this.station.reached();
    this.#deps.connected();
  }

  #lost(failure: SshFailure, since: number): void {
    const { showedHostKey, log } = this.#deps;
    void this.#endLoop();
    this.station.lost();
    const { step, hostKey, message, cause } = failure;
    if (step === "host-key" && hostKey !== undefined) showedHostKey(hostKey);
    this.#noteLink(step === "host-key" || step === "login" ? step : "failing", message, since);
    log.info("a server is not reached by SSH", { serverId: this.#serverId, step, why: message, cause });
  }

  #noteLink(is: LinkState, detail: string, since: number): void {
    const { fleet, clock } = this.#deps;
    const roundTripMs = this.line.status.roundTripMs ?? null;
    fleet.noteLinkState(this.#serverId, { is, since, detail, roundTripMs, triedAt: clock.now() });
  }

  #startLoop(): void {
    if (this.#loop !== undefined) return;
    const { clock, log, fleet } = this.#deps;
    const { watch } = this.station;
    const services = serviceReadings({ clock, read: () => watch.read(), services: () => watch.services });
    this.#loop = new CollectLoop(
      { ...COLLECTING, intervalMs: this.#intervalMs },
      {
        ...{ clock, log, host: this.#host },
        kinds: [...COLLECTOR_KINDS, services],
        take: (round) => {
          fleet.heard(this.#serverId);
          this.#intake
            .take(round)
            .catch((error: unknown) =>
              log.debug("a reading by SSH could not be stored", { serverId: this.#serverId, error }),
            );
        },
        tick: () => this.#tick(),
      },
    );
    this.#loop.start();
  }

  async #endLoop(): Promise<void> {
    const loop = this.#loop;
    this.#loop = undefined;
    await loop?.stop();
  }

  /** After each round: what changes rarely is read rarely. */
  #tick(): void {
    const { clock, log } = this.#deps;
    if (!this.isReached) return;
    this.#noteLink("ok", "", this.line.status.since);
    if (clock.monotonic() - this.#factsMs < HOUR_MS) return;
    this.#factsMs = clock.monotonic();
    this.#tellFacts().catch((error: unknown) => {
      this.#factsMs = Number.NEGATIVE_INFINITY;
      log.debug("facts of a server could not be read by SSH", { serverId: this.#serverId, error });
    });
  }

  async #tellFacts(): Promise<void> {
    const { fleet, clock } = this.#deps;
    const facts = await readFacts(COLLECTING, { host: this.#host, clock });
    await fleet.noteFacts(this.#serverId, wireFacts(facts, null, undefined));
  }

  /**
   * The server's own file where it has one; otherwise what was set here. Applied by the hub alone, which tells what it
   * found. Never rejects.
   */
  async #readPolicy(): Promise<LoadedPolicy> {
    const { fleet } = this.#deps;
    const { policy } = this.#link.settings;
    try {
      const text = (await this.#host.readFile(POLICY_PATH)) ?? policy;
      const loaded = await loadPolicy(text, { parseYaml: parseStrictYaml, sha256Hex });
      if (!this.#isStopped) fleet.notePolicy(this.#serverId, reportPolicy(loaded).policySummary);
      return loaded;
    } catch (error) {
      return brokenPolicy(error instanceof MusterError ? error.message : "it could not be read");
    }
  }
}
