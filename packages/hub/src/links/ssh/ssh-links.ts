import { fnv1a, MusterError } from "@muster/core";
import type { Random } from "@muster/core";
import type { Egress } from "@muster/node-kit";
import type { LinkTest, SshLinkSettings } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { LinkStore } from "../../fleet/link-store.ts";
import type { SshKeyStore } from "../../fleet/ssh-key-store.ts";
import type { Ingest } from "../../metrics/ingest.ts";
import type { LinkTrial } from "../links.ts";
import type { StationDeps } from "../station/station.ts";
import { StationedLinks } from "../station/stationed-links.ts";
import type { SshCredential } from "./login.ts";
import { orAborted } from "./or-aborted.ts";
import { connect } from "./connect.ts";
import type { SshConnection } from "./ssh-connection.ts";
import { SshFailure } from "./ssh-failure.ts";
import { SshHost } from "./ssh-host.ts";
import { SshLine } from "./ssh-line.ts";
import { SshServer } from "./ssh-server.ts";
import type { SshLink } from "./ssh-server.ts";
import { testSsh } from "./test-ssh.ts";

export interface SshLinksDeps extends Omit<StationDeps, "result"> {
  readonly fleet: Fleet;
  readonly store: LinkStore;
  readonly sshKeys: SshKeyStore;
  readonly ingest: Ingest;
  readonly egress: Egress;
  readonly random: Random;
  /** Socket of the SSH agent of the hub's own user; undefined where none runs. */
  readonly agentSocket: string | undefined;
}

/** At a start servers are reached over this time, each at a place of its own. */
const SPREAD_MS = 5_000;
/** Servers on the way to a server. */
const JUMPS_MAX = 4;
const VISIT_RETRY_MS = 1_000;
/** Failures that may pass by themselves. */
const PASSING: readonly string[] = ["name", "port", "jump", "lost"];

/** A line of one's own to a server, and the server by it. */
export interface SshVisit {
  /** As the user who logged in, and as root by sudo. */
  readonly host: SshHost;
  readonly rootHost: SshHost;
  readonly settings: SshLinkSettings;
  /** Waits for a connection, however often it fails, until the signal aborts; then throws the last failure. */
  reached(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** All servers that are reached by SSH. */
export class SshLinks extends StationedLinks {
  protected override readonly servers = new Map<string, SshServer>();
  readonly #deps: SshLinksDeps;
  readonly #stopListening: () => void;
  /** To servers on the way to others that have an agent by now, and so are not read by SSH any more. */
  readonly #ways = new Map<string, SshLine>();

  constructor(deps: SshLinksDeps) {
    super(deps);
    this.#deps = deps;
    const stops = [
      deps.store.listen(({ is, serverId }) => {
        if (is !== "shown") this.renew(serverId);
      }),
      deps.fleet.listen(({ is, serverId }) => {
        if (is === "relinked") this.renew(serverId);
        else if (deps.fleet.get(serverId)?.known.state !== "active") this.#leaveWay(serverId);
      }),
    ];
    this.#stopListening = () => stops.forEach((stop) => stop());
  }

  /** Begins to reach all that are kept. */
  start(): void {
    for (const { serverId } of this.#deps.store.all()) this.#renew(serverId, (fnv1a(serverId) / 2 ** 32) * SPREAD_MS);
  }

  override async stop(): Promise<void> {
    this.#stopListening();
    for (const line of this.#ways.values()) line.close();
    this.#ways.clear();
    await super.stop();
  }

  /**
   * Reaches a server beside whatever reads it, also one that has an agent by now but was reached by SSH before. Throws
   * CONFLICT where it has no settings for SSH.
   */
  visit(serverId: string): SshVisit {
    const { clock } = this.#deps;
    const made = this.#line(serverId);
    if (made === undefined)
      throw new MusterError("CONFLICT", {
        message: "The hub does not know how to reach this server by SSH: it joined by itself. Do this on the server.",
      });
    const { line, settings } = made;
    return {
      settings,
      host: new SshHost("self", { clock, reach: line.reach }),
      rootHost: new SshHost("sudo", { clock, reach: line.reach }),
      async reached(signal) {
        for (;;) {
          try {
            return void (await line.reach(signal));
          } catch (error) {
            // What a person has to mend first does not change by waiting.
            if (signal.aborted || !(error instanceof SshFailure) || !PASSING.includes(error.step)) throw error;
            const { promise, resolve } = Promise.withResolvers<void>();
            const timer = clock.after(VISIT_RETRY_MS, resolve);
            await orAborted(promise, signal)
              .catch(() => Promise.reject(error))
              .finally(() => timer.cancel());
          }
        }
      },
      close: () => line.close(),
    };
  }

  async test({ settings, serverId, secret }: LinkTrial, signal: AbortSignal): Promise<LinkTest> {
    if (settings.kind !== "ssh") throw new MusterError("BAD_REQUEST");
    const { store } = this.#deps;
    const { host, port = 22, user, sudo } = settings;
    const credential = (): Promise<SshCredential> => this.#credential(settings, serverId, secret);
    const hostKey = (serverId === undefined ? undefined : store.get(serverId)?.hostKey) ?? undefined;
    const runner = sudo === true ? "sudo" : "self";
    try {
      const jump = await this.#jump(settings, [])?.(signal);
      const target = { address: { host, port, user }, hostKey, credential, ...(jump !== undefined && { jump }) };
      const { steps, seenHostKey } = await testSsh(target, runner, this.#deps, signal);
      if (serverId !== undefined && seenHostKey !== undefined) await store.noteShownHostKey(serverId, seenHostKey);
      return {
        ok: steps.every(({ ok }) => ok),
        steps: steps.map((step) => ({ ...step })),
        ...{ hostKey: seenHostKey ?? null, adapter: null },
      };
    } catch (error) {
      if (!(error instanceof SshFailure)) throw error;
      const steps = [{ step: error.step, ok: false, detail: error.message }];
      return { ok: false, steps, hostKey: null, adapter: null };
    }
  }

  protected renew(serverId: string): void {
    this.#renew(serverId, 0);
  }

  #renew(serverId: string, afterMs: number): void {
    const { fleet, store } = this.#deps;
    const ended = this.end(serverId);
    this.#leaveWay(serverId);
    const link = store.get(serverId);
    const known = fleet.get(serverId)?.known;
    // One that has an agent by now keeps its settings, so that there is a way back.
    if (link?.settings.kind !== "ssh" || known?.state !== "active" || known.link !== "ssh") return;
    const { settings, hostKey } = link;
    const server = this.#make(serverId, { settings, hostKey, intervalMs: known.intervalMs });
    this.servers.set(serverId, server);
    void ended.then(() => {
      if (this.servers.get(serverId) === server) server.start(afterMs);
    });
  }

  #make(serverId: string, link: SshLink): SshServer {
    const { store, log } = this.#deps;
    return new SshServer(serverId, link, {
      ...this.#deps,
      credential: () => this.#credential(link.settings, serverId, undefined),
      jump: this.#jump(link.settings, [serverId]),
      connected: () => this.connected(serverId),
      result: (id, result) => this.result(id, result),
      showedHostKey: (key) =>
        void store
          .noteShownHostKey(serverId, key)
          .catch((error: unknown) => log.warn("a host key that was shown could not be kept", { serverId, error })),
    });
  }

  /** How the server on the way is reached; the way is looked up at each connection, because it may have changed. */
  #jump(
    { via }: SshLinkSettings,
    before: readonly string[],
  ): ((signal: AbortSignal) => Promise<SshConnection>) | undefined {
    if (via === undefined || via === null) return undefined;
    return (signal) => {
      this.#checkWay(via, before);
      return this.connectionTo(via, signal);
    };
  }

  /**
   * The connection to a server, as it is or made now: the way to what is behind it. Rejects with SshFailure, whose message
   * says why it is not reached.
   */
  async connectionTo(serverId: string, signal: AbortSignal): Promise<SshConnection> {
    const line = this.servers.get(serverId)?.line ?? this.#way(serverId);
    if (line === undefined)
      throw new SshFailure("jump", "The server on the way is not one that is reached by SSH. Choose another one.");
    try {
      return (await line.reach(signal)).connection;
    } catch (error) {
      if (!(error instanceof SshFailure)) throw error;
      throw new SshFailure("jump", `The server on the way is not reached: ${error.message}`, { cause: error });
    }
  }

  #way(serverId: string): SshLine | undefined {
    const known = this.#ways.get(serverId);
    if (known !== undefined) return known;
    const made = this.#line(serverId)?.line;
    if (made !== undefined) this.#ways.set(serverId, made);
    return made;
  }

  /** Also where it was revoked: nobody is reached by way of it any more. */
  #leaveWay(serverId: string): void {
    this.#ways.get(serverId)?.close();
    this.#ways.delete(serverId);
  }

  /** A line to a server as it is kept; undefined where it is not known how. */
  #line(serverId: string): { readonly line: SshLine; readonly settings: SshLinkSettings } | undefined {
    const { fleet, store, clock, random } = this.#deps;
    const link = store.get(serverId);
    if (link?.settings.kind !== "ssh" || fleet.get(serverId)?.known.state !== "active") return undefined;
    const { settings, hostKey } = link;
    const { host, port = 22, user } = settings;
    const credential = (): Promise<SshCredential> => this.#credential(settings, serverId, undefined);
    const way = this.#jump(settings, [serverId]);
    const line = new SshLine({
      ...{ clock, random },
      connect: async (signal) => {
        const jump = await way?.(signal);
        const target = { address: { host, port, user }, hostKey: hostKey ?? undefined, credential, account: serverId };
        return connect({ ...target, ...(jump !== undefined && { jump }) }, this.#deps, signal);
      },
    });
    return { line, settings };
  }

  #checkWay(via: string, before: readonly string[]): void {
    const way = [...before];
    for (let next: string | null | undefined = via; next !== undefined && next !== null;) {
      if (way.includes(next) || way.length > JUMPS_MAX)
        throw new SshFailure("jump", "The way to this server leads in a circle, or over too many others. Change it.");
      way.push(next);
      const settings: { kind: string; via?: string | null | undefined } | undefined =
        this.#deps.store.get(next)?.settings;
      next = settings?.via;
    }
  }

  async #credential(
    { authentication, keyId }: SshLinkSettings,
    serverId: string | undefined,
    given: string | undefined,
  ): Promise<SshCredential> {
    const { sshKeys, store, agentSocket } = this.#deps;
    if (authentication === "key") {
      if (keyId === undefined || keyId === null)
        throw new SshFailure("login", "No key is chosen for this server. Choose one.");
      return { kind: "key", privateKey: await sshKeys.privateKey(keyId) };
    }
    if (authentication === "agent") {
      if (agentSocket === undefined)
        throw new SshFailure("login", "The hub's user has no SSH agent (SSH_AUTH_SOCK). Choose a key instead.");
      return { kind: "agent", socketPath: agentSocket };
    }
    const password = given ?? (serverId === undefined ? undefined : await store.secret(serverId));
    if (password === undefined) throw new SshFailure("login", "No password is set for this server. Set one.");
    return { kind: "password", password };
  }
}
