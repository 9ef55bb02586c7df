import { advanceReplacement, farthestFirst, isMusterError, MusterError } from "@muster/core";
import type {
  Actor,
  Clock,
  Instant,
  Logger,
  ReplacementEvent,
  ReplacementWishes,
  ServerReplacement,
} from "@muster/core";
import { Places, uuidv7 } from "@muster/node-kit";
import type { KeyReplacementView, SshKeyView } from "@muster/protocol";
import type { AuditEntry, AuditLog } from "../access/audit-log.ts";
import { actorName, authorizeAgain } from "../commands/command-bus.ts";
import { ProgressBoard } from "../commands/progress-board.ts";
import type { ServerClaims } from "../commands/server-claims.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { LinkStore } from "../fleet/link-store.ts";
import type { SshKeyStore } from "../fleet/ssh-key-store.ts";
import type { ReplacementOrder } from "./replace-over-ssh.ts";

/** What is done to one server. */
export interface ReplacementWork {
  run(tell: (event: ReplacementEvent) => void, signal: AbortSignal): Promise<"succeeded" | "failed">;
}

export interface ReplacementDeskDeps {
  readonly fleet: Pick<Fleet, "get">;
  readonly store: Pick<LinkStore, "get" | "all">;
  readonly sshKeys: Pick<SshKeyStore, "list">;
  readonly audit: Pick<AuditLog, "append">;
  readonly claims: ServerClaims;
  readonly clock: Clock;
  readonly log: Logger;
  /** Who somebody is by now; undefined when there is nobody any more. */
  readonly actorNow: (actor: Actor) => Promise<Actor | undefined>;
  readonly work: (order: ReplacementOrder) => ReplacementWork;
}

/** Which key is to take the place of which, and where: everywhere unless servers are named. */
export interface ReplacementRequest extends ReplacementWishes {
  readonly oldKeyId: string;
  readonly newKeyId: string;
  readonly serverIds: readonly string[] | undefined;
}

interface ReplacedServer {
  readonly order: ReplacementOrder;
  readonly name: string;
  readonly behind: readonly string[];
  progress: ServerReplacement;
}

interface Replacement extends ReplacementWishes {
  readonly id: string;
  readonly oldKey: SshKeyView;
  readonly newKey: SshKeyView;
  readonly actor: Actor;
  readonly askedAt: Instant;
  endedAt: Instant | null;
  revision: number;
  readonly servers: readonly ReplacedServer[];
}

/** So many servers at once. */
const RUNNING_MAX = 4;
/** Remembered, with those that are not over. */
const KEPT_MAX = 50;
const BUSY = "The SSH key of this server is being replaced. Wait for it.";

/** Keys of the hub that take the place of others on the servers that use them. Asked for through the bus only. */
export class ReplacementDesk {
  readonly #deps: ReplacementDeskDeps;
  readonly #places = new Places(RUNNING_MAX);
  readonly #replacements: ProgressBoard<Replacement>;

  constructor(deps: ReplacementDeskDeps) {
    this.#deps = deps;
    this.#replacements = new ProgressBoard(deps, {
      what: "a replacement of a key",
      keptMax: KEPT_MAX,
      isOver: ({ endedAt }) => endedAt !== null,
      revision: ({ revision }) => revision,
    });
  }

  /** Throws NOT_FOUND for a key or server that is not there, CONFLICT where no server uses the key, or one that is named does not. */
  async start(actor: Actor, request: ReplacementRequest): Promise<KeyReplacementView> {
    const { install, remove } = request;
    const keys = await this.#deps.sshKeys.list();
    const oldKey = keys.find(({ id }) => id === request.oldKeyId);
    if (oldKey === undefined) throw new MusterError("NOT_FOUND");
    const serverIds = this.#chosen(oldKey, request);
    const newKey = keys.find(({ id }) => id === request.newKeyId);
    if (newKey === undefined || newKey === oldKey)
      throw new MusterError("BAD_REQUEST", { fields: { "body.newKeyId": "must be another key of this hub" } });
    const servers = farthestFirst(serverIds, (id) => this.#viaOf(id)).map(({ serverId, behind }): ReplacedServer => {
      const order = { serverId, oldKey, newKey, install, remove };
      const uses = this.#keyIdOf(serverId) === newKey.id ? "new" : "old";
      return { order, name: this.#nameOf(serverId), behind, progress: { state: "waiting", uses, steps: [] } };
    });
    const now = this.#deps.clock.now();
    const replacement: Replacement = {
      ...{ id: uuidv7(now), oldKey, newKey, install, remove, actor },
      ...{ askedAt: now, endedAt: null, revision: 0, servers },
    };
    this.#replacements.begin(replacement, () => this.#run(replacement));
    return viewOf(replacement);
  }

  /** Newest first; of one key, which is replaced or takes the place, or of all. */
  list(keyId: string | undefined): readonly KeyReplacementView[] {
    return this.#replacements
      .all()
      .filter(({ oldKey, newKey }) => keyId === undefined || oldKey.id === keyId || newKey.id === keyId)
      .map(viewOf);
  }

  /** One as it is when there is news of it, see `ProgressBoard.wait`. */
  async wait(id: string, waitMs: number, after: number | undefined, signal: AbortSignal): Promise<KeyReplacementView> {
    return viewOf(await this.#replacements.wait(id, waitMs, after, signal));
  }

  /** Ends all; each server keeps the key that it has now, and nothing has to be undone. */
  stop(): Promise<void> {
    return this.#replacements.stop();
  }

  #chosen(oldKey: SshKeyView, { newKeyId, serverIds }: ReplacementRequest): readonly string[] {
    if (serverIds === undefined) {
      if (oldKey.usedBy.length === 0)
        throw new MusterError("CONFLICT", { message: `No server uses ${oldKey.name}, so nothing has to be replaced.` });
      return oldKey.usedBy.map(({ serverId }) => serverId);
    }
    for (const serverId of serverIds) {
      if (this.#deps.fleet.get(serverId) === undefined) throw new MusterError("NOT_FOUND");
      const keyId = this.#keyIdOf(serverId);
      // One that was switched before a hub ended in the middle may still have the old key's line.
      if (keyId !== oldKey.id && keyId !== newKeyId)
        throw new MusterError("CONFLICT", { message: `${this.#nameOf(serverId)} does not use ${oldKey.name}.` });
    }
    return [...new Set(serverIds)];
  }

  async #run(replacement: Replacement): Promise<void> {
    const { clock } = this.#deps;
    const over = new Map<string, Promise<void>>();
    for (const server of replacement.servers) {
      const before = server.behind.flatMap((id) => over.get(id) ?? []);
      over.set(server.order.serverId, this.#serve(replacement, server, before));
    }
    await Promise.all(over.values());
    replacement.endedAt = clock.now();
    this.#changed(replacement);
  }

  /** Never rejects: what one server ends with concerns no other. */
  async #serve(replacement: Replacement, server: ReplacedServer, before: readonly Promise<void>[]): Promise<void> {
    const { signal } = this.#replacements;
    const tell = (event: ReplacementEvent): void => this.#advance(replacement, server, event);
    const leaves: (() => void)[] = [];
    let state: "succeeded" | "failed" = "failed";
    try {
      await Promise.all(before);
      leaves.push(await this.#places.take(signal));
      this.#needActive(server.order.serverId);
      leaves.push(this.#deps.claims.take(server.order.serverId, BUSY));
      await authorizeAgain(replacement.actor, "ssh-keys.write", this.#deps);
      await this.#audit(replacement, server, "allowed", "");
      state = await this.#deps.work(server.order).run(tell, signal);
    } catch (error) {
      this.#failed(replacement, server, signal.aborted ? signal.reason : error);
    } finally {
      await this.#end(replacement, server, state);
      for (const leave of leaves) leave();
    }
  }

  #needActive(serverId: string): void {
    const state = this.#deps.fleet.get(serverId)?.known.state;
    if (state === undefined) throw new MusterError("NOT_FOUND", { message: "This server was deleted meanwhile." });
    if (state !== "active")
      throw new MusterError("CONFLICT", { message: `This server is ${state}; nothing is done on it.` });
  }

  /** A failure outside of the steps, or one that a step has told already. */
  #failed(replacement: Replacement, server: ReplacedServer, error: unknown): void {
    if (!isMusterError(error))
      this.#deps.log.error("a replacement of a key failed inside the hub", { serverId: server.order.serverId, error });
    if (server.progress.steps.at(-1)?.state === "failed") return;
    const detail = isMusterError(error) ? error.message : "Something failed inside the hub; its log has the cause.";
    if (server.progress.steps.at(-1)?.state !== "running")
      this.#advance(replacement, server, { is: "began", step: "test" });
    this.#advance(replacement, server, { is: "ended", state: "failed", detail });
  }

  /** The outcome is in the audit log before anybody hears of it. */
  async #end(replacement: Replacement, server: ReplacedServer, state: "succeeded" | "failed"): Promise<void> {
    const { steps, uses } = server.progress;
    const last = steps.at(-1);
    const reason = state === "succeeded" ? "" : `${last?.step ?? ""}: ${last?.detail ?? ""}`;
    await this.#audit(replacement, server, state, reason, {
      uses,
      steps: steps.map(({ step, state: is }) => `${step} ${is}`),
    }).catch((error: unknown) =>
      this.#deps.log.error("what came of a replacement could not be written into the audit log", { error }),
    );
    this.#advance(replacement, server, { is: "over", state });
  }

  async #audit(
    { id, oldKey, newKey, install, remove, actor }: Replacement,
    { order: { serverId }, name }: ReplacedServer,
    decision: "allowed" | "succeeded" | "failed",
    reason: string,
    more: object = {},
  ): Promise<void> {
    const row: AuditEntry = {
      actor: actorName(actor),
      door: "http",
      action: "server.replace-key",
      target: name,
      args: { serverId, replacementId: id, oldKey: oldKey.name, newKey: newKey.name, install, remove, ...more },
      ...{ decision, reason, cmd: null },
    };
    await this.#deps.audit.append(row);
  }

  #advance(replacement: Replacement, server: ReplacedServer, event: ReplacementEvent): void {
    server.progress = advanceReplacement(server.progress, event, this.#deps.clock.now());
    this.#changed(replacement);
  }

  #changed(replacement: Replacement): void {
    replacement.revision++;
    this.#replacements.changed(replacement.id);
  }

  #nameOf(serverId: string): string {
    return this.#deps.fleet.get(serverId)?.known.name ?? serverId;
  }

  #viaOf(serverId: string): string | undefined {
    const settings = this.#deps.store.get(serverId)?.settings;
    return settings?.kind === "ssh" ? (settings.via ?? undefined) : undefined;
  }

  #keyIdOf(serverId: string): string | undefined {
    const settings = this.#deps.store.get(serverId)?.settings;
    return settings?.kind === "ssh" && settings.authentication === "key" ? (settings.keyId ?? undefined) : undefined;
  }
}

function viewOf({
  id,
  oldKey,
  newKey,
  install,
  remove,
  actor,
  askedAt,
  endedAt,
  revision,
  servers,
}: Replacement): KeyReplacementView {
  return {
    ...{ id, install, remove, actor: actorName(actor), askedAt, endedAt, revision },
    oldKey: { id: oldKey.id, name: oldKey.name },
    newKey: { id: newKey.id, name: newKey.name, publicKey: newKey.publicKey },
    servers: servers.map(({ order: { serverId }, name, progress: { state, uses, steps } }) => ({
      ...{ serverId, server: name, state, uses },
      steps: steps.map((step) => ({ ...step })),
    })),
  };
}
