import { MONITOR_ONLY, MusterError, PULL_KIND_ENTRIES, SERVICE_VERBS } from "@muster/core";
import type {
  Cancellable,
  Instant,
  LinkState,
  LoadedPolicy,
  MachineFacts,
  PolicyEntry,
  PullReading,
} from "@muster/core";
import { reportPolicy, wireFacts } from "@muster/host";
import type { Egress } from "@muster/node-kit";
import type { LinkTest, PullLinkSettings } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { LinkStore } from "../../fleet/link-store.ts";
import type { Ingest } from "../../metrics/ingest.ts";
import type { LinkTrial } from "../links.ts";
import { SampleIntake } from "../../metrics/sample-intake.ts";
import { Station } from "../station/station.ts";
import type { StationDeps } from "../station/station.ts";
import { StationedLinks } from "../station/stationed-links.ts";
import type { Stationed } from "../station/stationed-links.ts";
import { BoxTurns } from "./box-turns.ts";
import { createPullAdapter, detectKind } from "./catalog.ts";
import { PullFailure } from "./pull-adapter.ts";
import type { PullConfig, PullDeps } from "./pull-adapter.ts";
import { PullPoller } from "./pull-poller.ts";
import type { FirstLook } from "./pull-poller.ts";
import { PulledDriver } from "./pulled-driver.ts";

export interface PullLinksDeps extends Omit<StationDeps, "result"> {
  readonly fleet: Fleet;
  readonly store: LinkStore;
  readonly ingest: Ingest;
  readonly egress: Egress;
}

interface Pulled extends Stationed {
  isReached: boolean;
  readonly firstLook: FirstLook;
  /** As it is looked at. The list is that of the time when the settings were taken: noting one later begins nothing anew. */
  kept: { readonly settings: PullLinkSettings; readonly listFingerprint: string | null } | undefined;
  readonly intake: SampleIntake;
  readonly driver: PulledDriver;
  factsText: string;
  linkSince: { is: LinkState; at: Instant };
  /** Somebody looks at its channels until then, by the monotonic clock. */
  focusUntilMs: number;
  focusTimer: Cancellable | undefined;
}

const STEPS = ["address", "reach", "sign-in", "answer", "understand"] as const;

/** All servers that are polled over HTTP. */
export class PullLinks extends StationedLinks {
  protected override readonly servers = new Map<string, Pulled>();
  readonly #deps: PullLinksDeps;
  readonly #adapterDeps: PullDeps;
  readonly #poller: PullPoller;
  readonly #stopListening: () => void;
  #isStarted = false;

  constructor(config: { readonly looksMax: number }, deps: PullLinksDeps) {
    super(deps);
    this.#deps = deps;
    const { clock, log, egress } = deps;
    this.#adapterDeps = { clock, egress, turns: new BoxTurns() };
    this.#poller = new PullPoller(config, {
      ...{ clock, log },
      create: (kind, settings, account) => createPullAdapter(kind, settings, { ...this.#adapterDeps, account }),
      onReading: (serverId, reading, at) => this.#took(serverId, reading, at),
      onFailure: (serverId, failure, at) => this.#failed(serverId, failure, at),
    });
    this.#stopListening = deps.store.listen(({ is, serverId }) => {
      if (is !== "shown") this.renew(serverId);
    });
  }

  /** Begins to look at all that are kept. */
  start(): void {
    for (const { serverId } of this.#deps.store.all()) this.renew(serverId);
    this.#isStarted = true;
  }

  override async stop(): Promise<void> {
    this.#stopListening();
    await this.#poller.stop();
    await super.stop();
  }

  async test({ settings, serverId, secret }: LinkTrial, signal: AbortSignal): Promise<LinkTest> {
    if (settings.kind !== "pull") throw new MusterError("BAD_REQUEST");
    const kept = secret ?? (serverId === undefined ? undefined : await this.#deps.store.secret(serverId));
    const none = { hostKey: null, adapter: null };
    try {
      const adapter = createPullAdapter(settings.adapter, configOf(settings, kept), this.#adapterDeps);
      const { samples, services, answeredBy } = await adapter.read(signal);
      const found = `${samples.length} readings${services === undefined ? "" : `, ${services.length} channels`}`;
      const detail = answeredBy === undefined ? found : `${answeredBy}: ${found}`;
      const steps = STEPS.map((step) => ({ step, ok: true, detail: step === "understand" ? detail : "" }));
      return { ...none, ok: true, steps, adapter: settings.adapter };
    } catch (error) {
      if (!(error instanceof PullFailure)) throw error;
      const passed = STEPS.slice(0, STEPS.indexOf(error.step)).map((step) => ({ step, ok: true, detail: "" }));
      // Somebody who chose the wrong kind is told the right one.
      const isAnswered = error.step === "answer" || error.step === "understand";
      const found = isAnswered ? await detectKind(settings.url, kept, this.#adapterDeps, signal) : undefined;
      const steps = [...passed, { step: error.step, ok: false, detail: error.message }];
      return { ...none, ok: false, steps, adapter: found === undefined || found.is === "none" ? null : found.kind };
    }
  }

  protected renew(serverId: string): void {
    const { fleet, store, log } = this.#deps;
    const { settings, listFingerprint = null } = store.get(serverId) ?? {};
    const known = fleet.get(serverId)?.known;
    if (settings?.kind !== "pull" || known?.state !== "active") {
      this.#poller.remove(serverId);
      return void this.end(serverId);
    }
    if (!this.servers.has(serverId)) {
      const begun = this.#begin(serverId);
      this.servers.set(serverId, begun);
      this.#noteLink(serverId, begun, "waiting", "");
    }
    const server = this.servers.get(serverId)!;
    const isSavedAgain = server.kept !== undefined && server.kept.settings !== settings;
    if (server.kept?.settings !== settings) server.kept = { settings, listFingerprint };
    const { firstLook, kept } = server;
    void store
      .secret(serverId)
      .then((secret) => {
        // Changed or gone meanwhile: whoever changed it comes here as well.
        if (store.get(serverId)?.settings !== settings || !this.servers.has(serverId)) return;
        const intervalMs = Math.max(known.intervalMs, PULL_KIND_ENTRIES[settings.adapter].intervalMsMin);
        const config = configOf(settings, secret, kept.listFingerprint);
        this.#poller.put({ serverId, kind: settings.adapter, config, intervalMs }, firstLook);
        if (isSavedAgain) this.#poller.adapter(serverId)?.settingsSaved?.();
      })
      .catch((error: unknown) =>
        log.error("a server cannot be polled: its secret cannot be read", { serverId, error }),
      );
  }

  #begin(serverId: string): Pulled {
    const { ingest, clock } = this.#deps;
    const driver = new PulledDriver(() => this.#poller.driver(serverId));
    const station = new Station(
      serverId,
      {
        drivers: [driver],
        host: undefined,
        policy: () => Promise.resolve(this.#policy(serverId, driver)),
        reboot: async (signal) =>
          (await this.#poller.adapter(serverId)?.reboot?.(signal)) ?? {
            outcome: "failed",
            detail: "this kind of server cannot be rebooted over its link",
          },
      },
      { ...this.#deps, result: (id, result) => this.result(id, result) },
    );
    const begun: Pulled = {
      station,
      isReached: false,
      firstLook: this.#isStarted ? "now" : "at-its-turn",
      kept: undefined,
      intake: new SampleIntake(serverId, ingest),
      driver,
      factsText: "",
      linkSince: { is: "waiting", at: clock.now() },
      ...{ focusUntilMs: 0, focusTimer: undefined },
      calls: {
        interval: ({ intervalMs }) => {
          this.renew(serverId);
          return Promise.resolve({ intervalMs });
        },
        "definitions.list": () => Promise.resolve({ definitions: [], problems: [] }),
        "services.focus": ({ forMs }) => {
          this.#focus(serverId, forMs);
          return Promise.resolve({});
        },
        focus: () => Promise.resolve({ intervalMs: this.#deps.fleet.get(serverId)?.known.intervalMs ?? 0 }),
      },
      streams: {},
      refresh: async () => {
        try {
          await this.#poller.refresh(serverId);
        } catch (error) {
          if (error instanceof PullFailure) throw new MusterError("SERVER_OFFLINE", { message: error.message });
          throw error;
        }
      },
      stop() {
        begun.focusTimer?.cancel();
        return station.stop();
      },
    };
    return begun;
  }

  /** Its channels are looked at as often as its kind bears until the lease ends; a new call renews it. */
  #focus(serverId: string, forMs: number): void {
    const server = this.servers.get(serverId);
    if (server === undefined) return;
    server.focusUntilMs = this.#deps.clock.monotonic() + forMs;
    if (server.focusTimer === undefined) this.#focusTurn(serverId, server);
  }

  #focusTurn(serverId: string, server: Pulled): void {
    const { clock } = this.#deps;
    const { driver, focusUntilMs, isReached, kept } = server;
    server.focusTimer = undefined;
    if (kept === undefined || clock.monotonic() >= focusUntilMs || this.servers.get(serverId) !== server) return;
    // What cannot be read is given the time to recover that its failures earned it.
    if (isReached && driver.services.length > 0) void this.#poller.refresh(serverId).catch(() => undefined);
    const everyMs = PULL_KIND_ENTRIES[kept.settings.adapter].intervalMsMin;
    server.focusTimer = clock.after(everyMs, () => this.#focusTurn(serverId, server));
  }

  /** A pulled server has no policy of its own: what its kind can do is open to whoever may ask (security.md 2.4). */
  #policy(serverId: string, { services }: PulledDriver): LoadedPolicy {
    const names = services.map(({ name }) => name);
    const verbs = SERVICE_VERBS.filter((verb) => services.some((service) => service.verbs.includes(verb)));
    const allow: readonly PolicyEntry[] = [
      ...verbs.map((verb) => ({ action: `service.${verb}` as const, driver: "channel", names })),
      ...(this.#poller.adapter(serverId)?.reboot === undefined ? [] : [{ action: "server.reboot" } as const]),
    ];
    return { source: "file", policy: { ...MONITOR_ONLY, allow }, sha256: "" };
  }

  async #took(serverId: string, reading: PullReading, at: Instant): Promise<void> {
    const { fleet, store } = this.#deps;
    const server = this.servers.get(serverId);
    if (server === undefined) return;
    const { kept } = server;
    fleet.heard(serverId);
    server.driver.take(reading.services);
    this.#noteLink(serverId, server, "ok", reading.warnings?.[0] ?? "");
    const summary = reportPolicy(this.#policy(serverId, server.driver)).policySummary;
    fleet.notePolicy(serverId, summary);
    const wasReached = server.isReached;
    server.isReached = true;
    if (wasReached) server.station.watch.hint("channel");
    else {
      server.station.reached();
      this.connected(serverId);
    }
    if (reading.facts !== undefined) await this.#keepFacts(serverId, server, reading.facts);
    await server.intake.take(reading.samples, at, false);
    // Of settings that were changed meanwhile it would be another box's list.
    if (reading.listFingerprint !== undefined && server.kept === kept)
      await store.noteList(serverId, reading.listFingerprint);
  }

  #failed(serverId: string, failure: PullFailure, at: Instant): void {
    const server = this.servers.get(serverId);
    if (server === undefined) return;
    server.isReached = false;
    server.station.lost();
    this.#noteLink(serverId, server, failure.step === "sign-in" ? "login" : "failing", failure.message);
    this.#deps.log.debug("a polled server could not be read", { serverId, why: failure.message, at });
  }

  #noteLink(serverId: string, server: Pulled, is: LinkState, detail: string): void {
    const { fleet, clock } = this.#deps;
    const state = this.#poller.state(serverId);
    if (server.linkSince.is !== is) server.linkSince = { is, at: clock.now() };
    fleet.noteLinkState(serverId, {
      ...{ is, since: server.linkSince.at, detail },
      roundTripMs: state?.roundTripMs ?? null,
      triedAt: state?.lastTriedAt ?? null,
    });
  }

  async #keepFacts(serverId: string, server: Pulled, told: Partial<MachineFacts>): Promise<void> {
    const facts = wireFacts({ ...NO_FACTS, ...told }, null, undefined);
    const text = JSON.stringify(facts);
    if (text === server.factsText) return;
    server.factsText = text;
    await this.#deps.fleet.noteFacts(serverId, facts);
  }
}

const NO_FACTS: MachineFacts = {
  ...{ hostName: null, osName: null, osVersion: null, osId: null, kernel: null, architecture: null },
  ...{ cpuModel: null, cpuCount: null, cpuLimitCores: null, memoryBytes: null, swapBytes: null },
  ...{ virtualisation: null, container: null, bootId: null, startedAt: null, externalAddress: null },
  ...{ addresses: [], sources: {} },
};

const configOf = (
  { adapter, url, timeoutMs, allow, channelNames }: PullLinkSettings,
  secret: string | undefined,
  listFingerprint: string | null = null,
): PullConfig => ({
  url,
  ...(secret !== undefined && { secret }),
  timeoutMs: timeoutMs ?? PULL_KIND_ENTRIES[adapter].timeoutMsDefault,
  allow: allow ?? [],
  channelNames: channelNames ?? {},
  ...(listFingerprint !== null && { listFingerprint }),
});
