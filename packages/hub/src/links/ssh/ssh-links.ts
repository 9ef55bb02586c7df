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
import type { SshConnection } from "./ssh-connection.ts";
import { SshFailure } from "./ssh-failure.ts";
import type { SshLink, SshServer } from "./ssh-server.ts";

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

/** All servers that are reached by SSH. What speaks SSH takes a tenth of a second to load, so the first one loads it. */
export class SshLinks extends StationedLinks {
  protected override readonly servers = new Map<string, SshServer>();
  readonly #deps: SshLinksDeps;
  readonly #stopListening: () => void;
  /** How servers are to be reached that are just being begun with. */
  readonly #renewals = new Map<string, SshLink>();

  constructor(deps: SshLinksDeps) {
    super(deps.fleet);
    this.#deps = deps;
    this.#stopListening = deps.store.listen(({ is, serverId }) => {
      if (is !== "shown") this.renew(serverId);
    });
  }

  /** Begins to reach all that are kept. */
  start(): void {
    for (const { serverId } of this.#deps.store.all()) this.#renew(serverId, (fnv1a(serverId) / 2 ** 32) * SPREAD_MS);
  }

  override async stop(): Promise<void> {
    this.#stopListening();
    this.#renewals.clear();
    await super.stop();
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
      const { testSsh } = await import("./test-ssh.ts");
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
    const { fleet, store, log } = this.#deps;
    const before = this.servers.get(serverId);
    this.servers.delete(serverId);
    this.#renewals.delete(serverId);
    const link = store.get(serverId);
    const known = fleet.get(serverId)?.known;
    if (link?.settings.kind !== "ssh" || known?.state !== "active") return void before?.stop();
    const { settings, hostKey } = link;
    const renewal = { settings, hostKey, intervalMs: known.intervalMs };
    this.#renewals.set(serverId, renewal);
    // Two of one server would act side by side.
    const begin = async (): Promise<void> => {
      const loaded = await import("./ssh-server.ts");
      await before?.stop();
      if (this.#renewals.get(serverId) !== renewal) return;
      this.#renewals.delete(serverId);
      const server = this.#make(loaded.SshServer, serverId, renewal);
      this.servers.set(serverId, server);
      server.start(afterMs);
    };
    begin().catch((error: unknown) => log.error("a server by SSH cannot be begun with", { serverId, error }));
  }

  #make(Server: typeof SshServer, serverId: string, link: SshLink): SshServer {
    const { store, log } = this.#deps;
    return new Server(serverId, link, {
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
    return async (signal) => {
      this.#checkWay(via, before);
      const server = this.servers.get(via);
      if (server === undefined)
        throw new SshFailure("jump", "The server on the way is not one that is reached by SSH. Choose another one.");
      try {
        return (await server.line.reach(signal)).connection;
      } catch (error) {
        if (!(error instanceof SshFailure)) throw error;
        throw new SshFailure("jump", `The server on the way is not reached: ${error.message}`, { cause: error });
      }
    };
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
