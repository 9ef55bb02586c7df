import type { Duplex } from "node:stream";
import { DAY_MS, isServerName, MusterError, SECOND_MS } from "@muster/core";
import {
  EgressRefusal,
  fromBase64url,
  importPublicKey,
  isEgressFailure,
  isUniqueViolation,
  verify,
} from "@muster/node-kit";
import { CLOSE, contextBytes } from "@muster/protocol";
import type {
  AuthBody,
  CallName,
  Calls,
  CheckpointFrame,
  ResultBody,
  RotateFrame,
  StreamName,
  Streams,
} from "@muster/protocol";
import type { WebSocket } from "ws";
import type { AuditEntry } from "../../access/audit-log.ts";
import type { AgentMembership } from "../../fleet/agent-membership.ts";
import { joinTokenActor } from "../../fleet/join-token-store.ts";
import type { JoinTokenKey } from "../../fleet/join-token-store.ts";
import type { KnownServer } from "../../fleet/known-server.ts";
import type { ServiceRegistry } from "../../fleet/service-registry.ts";
import type { CommandEnds, Links } from "../links.ts";
import { AgentSession } from "./agent-session.ts";
import type { DialledLine } from "./handshake.ts";
import { TunnelStream } from "./tunnel-stream.ts";
import type { SessionDeps, SessionOwner, SessionState } from "./agent-session.ts";

export interface AgentLinksConfig {
  readonly intervalMs: () => number;
  /** Open connections of one address, and in all, that have not proved anything yet. */
  readonly unprovedPerAddressMax: number;
  readonly unprovedMax: number;
}

export interface AgentLinksDeps extends Omit<SessionDeps, "owner"> {
  readonly services: ServiceRegistry;
  readonly membership: AgentMembership;
}

type Enrolled = NonNullable<Awaited<ReturnType<SessionOwner["enroll"]>>> & { readonly name: string };

const joinedRow = (token: JoinTokenKey, { name, serverId, state }: Enrolled, address: string): AuditEntry => ({
  actor: joinTokenActor(token),
  door: "agent",
  action: "server.join",
  target: name,
  args: { serverId, state, address },
  decision: "succeeded",
  reason: "",
  cmd: null,
});

const CLONE_CHECK_MS = 5_000;
const REFUSED_CLOSE_MS = 2_000;
/** How many agents a second may come back after a restart, on average (reliability.md, R7). */
const RETURNING_PER_SECOND = 200;
const SPREAD_MS_MAX = 60_000;
const DISCONNECT = {
  revoked: { code: CLOSE.revoked, reason: "revoked" },
  quarantined: { code: CLOSE.quarantined, reason: "quarantined" },
  changed: { code: 1000, reason: "settings changed" },
} as const;

/** All agents that are connected, by server. */
export class AgentLinks implements Links, SessionOwner {
  readonly services: ServiceRegistry;
  readonly #deps: AgentLinksDeps;
  readonly #config: AgentLinksConfig;
  readonly #sessions = new Set<AgentSession>();
  readonly #byServer = new Map<string, AgentSession>();
  #ends: CommandEnds | undefined;

  constructor(deps: AgentLinksDeps, config: AgentLinksConfig) {
    this.#deps = deps;
    this.services = deps.services;
    this.#config = config;
  }

  get connectedCount(): number {
    return this.#byServer.size;
  }

  /** Takes a connection that the hub made. How many there are is its own doing. */
  takeDialled(socket: WebSocket, address: string, dialled: DialledLine): void {
    this.#sessions.add(new AgentSession(socket, address, dialled, { ...this.#deps, owner: this }));
  }

  /** Takes a fresh connection; refuses with 1013 beyond what may be open unproved. */
  accept(socket: WebSocket, address: string): void {
    let unprovedCount = 0;
    let ofAddressCount = 0;
    for (const session of this.#sessions) {
      if (session.state.is === "ready" || session.dialled !== undefined) continue;
      unprovedCount++;
      if (session.address === address) ofAddressCount++;
    }
    if (unprovedCount >= this.#config.unprovedMax || ofAddressCount >= this.#config.unprovedPerAddressMax) {
      // Nobody else hears what a refused stranger still sends; without a listener his bad frame would end the hub.
      socket.on("error", () => undefined);
      socket.close(CLOSE.overload, "too many connections at once");
      this.#deps.clock.after(REFUSED_CLOSE_MS, () => socket.terminate());
      return;
    }
    this.#sessions.add(new AgentSession(socket, address, undefined, { ...this.#deps, owner: this }));
  }

  /** Call every few seconds. */
  keepAlive(): void {
    for (const session of this.#sessions) session.keepAlive();
  }

  isConnected(serverId: string): boolean {
    return this.#byServer.has(serverId);
  }

  #session(serverId: string): AgentSession {
    const session = this.#byServer.get(serverId);
    if (!session) throw new MusterError("SERVER_OFFLINE");
    return session;
  }

  async call<K extends CallName>(
    serverId: string,
    name: K,
    params: Calls[K]["params"],
    signal: AbortSignal,
  ): Promise<Calls[K]["result"]> {
    return this.#session(serverId).pending.call(name, params, signal);
  }

  commandProblem(serverId: string): "SERVER_OFFLINE" | "SERVER_QUARANTINED" | undefined {
    if (!this.#byServer.has(serverId)) return "SERVER_OFFLINE";
    const known = this.#deps.fleet.get(serverId)?.known;
    if (known?.state === "quarantined") return "SERVER_QUARANTINED";
    return known?.state === "active" && known.agent ? undefined : "SERVER_OFFLINE";
  }

  /**
   * A connection from the server to one of its neighbours, as far as its policy opens it. Rejects with what says why there
   * is none: SERVER_OFFLINE, ACTION_REFUSED with the policy's sentence, or an error with the failure as its `code`.
   */
  async tunnel(serverId: string, host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const leaving = new AbortController();
    const abort = (): void => leaving.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const tunnel = await this.#session(serverId).streams.tunnel({ host, port }, leaving.signal);
      if ("failed" in tunnel) throw new EgressRefusal(isEgressFailure(tunnel.failed) ? tunnel.failed : "failed");
      return new TunnelStream(tunnel, () => leaving.abort());
    } catch (error) {
      leaving.abort();
      throw error;
    } finally {
      // From here on the stream's own end counts.
      signal.removeEventListener("abort", abort);
    }
  }

  async *stream<K extends StreamName>(
    serverId: string,
    name: K,
    params: Streams[K]["params"],
    signal: AbortSignal,
  ): AsyncGenerator<Streams[K]["item"], void, undefined> {
    const known = this.#deps.fleet.get(serverId)?.known;
    if (known?.state === "quarantined") throw new MusterError("SERVER_QUARANTINED");
    yield* this.#session(serverId).streams.open(name, params, signal);
  }

  async deliver(serverId: string, core: string, audit: { readonly seq: number; readonly hash: string }): Promise<void> {
    const problem = this.commandProblem(serverId);
    const agent = this.#deps.fleet.get(serverId)?.known.agent;
    if (problem !== undefined || !agent) throw new MusterError(problem ?? "SERVER_OFFLINE");
    const seq = await this.#deps.servers.nextCommandSeq(agent.id);
    this.#session(serverId).pending.sendCommand(core, audit, seq);
  }

  serve(ends: CommandEnds): void {
    this.#ends = ends;
  }

  disconnect(serverId: string, why: keyof typeof DISCONNECT): void {
    const { code, reason } = DISCONNECT[why];
    this.#byServer.get(serverId)?.close(code, reason);
  }

  /** Tells every agent where the audit chain stands; they keep the newest and so can witness a rewritten one. */
  tellCheckpoint(checkpoint: Omit<CheckpointFrame, "t">): void {
    const { epoch, seq, hash, time, sig } = checkpoint;
    for (const session of this.#byServer.values()) session.send({ t: "checkpoint", epoch, seq, hash, time, sig });
  }

  /** Tells each agent the time over which all of them come back, so that they do not come at once. */
  closeAll(): void {
    const spreadMs = Math.ceil(Math.max(1, this.connectedCount / RETURNING_PER_SECOND) * SECOND_MS);
    for (const session of this.#sessions) session.close(CLOSE.restarting, String(Math.min(spreadMs, SPREAD_MS_MAX)));
  }

  // ---- what sessions ask

  async enroll(
    token: JoinTokenKey,
    name: string,
    publicKey: Uint8Array,
    address: string,
  ): ReturnType<SessionOwner["enroll"]> {
    if (!isServerName(name) || (token.name !== null && token.name !== name) || !importPublicKey(publicKey))
      return undefined;
    const { membership, fleet, audit } = this.#deps;
    if (token.serverId !== null && fleet.get(token.serverId)?.known.link === "ssh")
      return this.#attach(token.serverId, token, publicKey, address);
    let enrolled;
    try {
      enrolled = await membership.enroll({
        tokenId: token.id,
        name,
        isNameFromToken: token.name !== null,
        tags: token.tags,
        publicKey,
        intervalMs: this.#config.intervalMs(),
        serverId: token.serverId,
      });
    } catch (error) {
      if (error instanceof MusterError) return undefined;
      throw error;
    }
    if (!enrolled) return undefined;
    await audit.append(joinedRow(token, enrolled, address));
    if (token.serverId === null) await fleet.adopt(enrolled.serverId);
    else await fleet.change(enrolled.serverId, {});
    return enrolled;
  }

  /** The agent of a server that was reached by SSH so far; it keeps its id and all that is known of it. */
  async #attach(
    serverId: string,
    token: JoinTokenKey,
    publicKey: Uint8Array,
    address: string,
  ): ReturnType<SessionOwner["enroll"]> {
    const { membership, fleet, audit } = this.#deps;
    const attached = await membership.attachAgent({ tokenId: token.id, serverId, publicKey });
    if (!attached) return undefined;
    await audit.append(joinedRow(token, attached, address));
    await fleet.relink(serverId);
    return attached;
  }

  async admit(session: AgentSession, server: KnownServer, body: AuthBody): Promise<boolean> {
    const present = this.#byServer.get(server.id);
    if (!present || present === session || present.state.is !== "ready") return true;
    const isSameRun = present.state.ready.body.instanceId === body.instanceId;
    // After a crash the old connection may still look open; only one that answers belongs to a second agent.
    if (isSameRun || !(await present.isAlive(CLONE_CHECK_MS))) {
      present.close(1000, "replaced by a newer connection");
      return true;
    }
    // Known already: each of the two comes back now and then, and that is no news.
    if (this.#deps.fleet.get(server.id)?.known.state === "quarantined") return false;
    await this.#deps.audit.append({
      actor: `server ${server.name}`,
      door: "agent",
      action: "server.quarantine",
      target: server.name,
      args: { serverId: server.id, addresses: [present.address, session.address] },
      decision: "succeeded",
      reason: "two agents use the same key",
      cmd: null,
    });
    await this.#deps.fleet.change(server.id, { state: "quarantined" });
    present.close(CLOSE.quarantined, "quarantined");
    return false;
  }

  wentReady(session: AgentSession, serverId: string): void {
    const before = this.#byServer.get(serverId);
    this.#byServer.set(serverId, session);
    if (before && before !== session) before.close(1000, "replaced by a newer connection");
    this.#deps.fleet.changed(serverId);
    this.#ends?.connected(serverId);
  }

  ended(session: AgentSession, was: SessionState): void {
    this.#sessions.delete(session);
    if (was.is !== "ready") return;
    const { id, name } = was.ready.server;
    if (this.#byServer.get(id) !== session) return;
    this.#byServer.delete(id);
    this.services.lost(id);
    this.#deps.fleet.changed(id);
    this.#deps.log.info("agent disconnected", { serverId: id, name });
  }

  async rotate(serverId: string, agentId: string, sessionId: string, frame: RotateFrame): Promise<void> {
    const { servers, fleet, clock, audit } = this.#deps;
    const known = fleet.get(serverId)?.known;
    if (known?.state !== "active") return;
    const oldKey = known?.agent?.publicKey;
    const newKey = fromBase64url(frame.newPub);
    if (!oldKey) return;
    const isProved =
      importPublicKey(newKey) !== undefined &&
      verify(oldKey, contextBytes("rotateOld", [agentId, sessionId, newKey]), fromBase64url(frame.sigOld)) &&
      verify(newKey, contextBytes("rotateNew", [agentId, sessionId, oldKey]), fromBase64url(frame.sigNew));
    const row = {
      actor: `server ${known.name}`,
      door: "agent",
      action: "server.rotate-key",
      target: known.name,
      args: { serverId },
      cmd: null,
    } as const;
    if (!isProved) {
      await audit.append({ ...row, decision: "refused", reason: "the proof is wrong" });
      return;
    }
    await audit.append({ ...row, decision: "allowed", reason: "" });
    try {
      await servers.noteAgent(agentId, {
        public_key: newKey,
        old_public_key: oldKey,
        old_key_until: clock.now() + DAY_MS,
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await audit.append({ ...row, decision: "refused", reason: "the key is known already" });
      return;
    }
    await audit.append({ ...row, decision: "succeeded", reason: "" });
    await fleet.change(serverId, {});
  }

  async result(server: KnownServer, result: ResultBody): Promise<void> {
    await this.#ends?.result(server.id, result);
  }
}
