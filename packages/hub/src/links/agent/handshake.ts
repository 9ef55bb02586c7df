import type { Clock } from "@muster/core";
import { fromBase64url } from "@muster/node-kit";
import type { TlsPeer } from "@muster/node-kit";
import { authBodySchema, CLOSE, NONCE_BYTES } from "@muster/protocol";
import type { AgentFrame, AuthBody, AuthFrame, EnrollFrame } from "@muster/protocol";
import type { AuditLog } from "../../access/audit-log.ts";
import type { JoinTokenKey, JoinTokenStore } from "../../fleet/join-token-store.ts";
import type { KnownServer } from "../../fleet/known-server.ts";
import type { ServerStore } from "../../fleet/server-store.ts";
import type { FleetKeys } from "../../keys/fleet-keys.ts";
import { parseJson, ProtocolViolation } from "./batch-intake.ts";
import {
  agreedVersion,
  enrollTranscript,
  helloFrame,
  isAuthProved,
  isEnrollmentProved,
  newNonce,
  welcomeFrame,
} from "./hub-identity.ts";
import type { Nonces } from "./hub-identity.ts";
import type { UnknownFrame } from "./parse-frame.ts";
import type { SessionLine } from "./session-line.ts";

/** Every refusal of a proof takes this long, so that the time tells nothing. */
const REFUSAL_DELAY_MS = 250;
const DUMMY_MAC_KEY = new Uint8Array(32);

export interface HandshakeDeps {
  readonly keys: FleetKeys;
  readonly servers: ServerStore;
  readonly joinTokens: JoinTokenStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** Restores raise it; agents refuse a lower one. */
  readonly epoch: number;
  readonly tlsPins: () => readonly string[];
  readonly owner: HandshakeOwner;
}

export interface HandshakeOwner {
  /** Spends the token and makes server and agent; undefined when it cannot be. */
  enroll(
    token: JoinTokenKey,
    name: string,
    publicKey: Uint8Array,
    address: string,
  ): Promise<{ readonly agentId: string; readonly serverId: string; readonly state: "active" | "pending" } | undefined>;
}

/** An agent that has proved itself on this connection. */
export interface Proof {
  readonly server: KnownServer;
  readonly body: AuthBody;
  readonly nonces: Nonces;
}

/** A connection that the hub made itself, to where the agent of one server waits. */
export interface DialledLine {
  readonly serverId: string;
  readonly tls: TlsPeer;
  /** The agent has joined, or the session is ready; otherwise why this is not the agent that it should be. */
  readonly note: (
    outcome: { readonly is: "joined" | "ready" } | { readonly is: "refused"; readonly why: string },
  ) => void;
}

/** What the handshake is at. `over`: one proof is being checked, or was; whatever follows it is not looked at. */
type HandshakeState =
  | { readonly is: "opening" }
  | { readonly is: "greeted"; readonly nonces: Nonces; readonly version: number }
  | { readonly is: "over" };

/** The proofs of one connection: the hub's first, then the agent's, to join or to begin a session. */
export class Handshake {
  readonly #deps: HandshakeDeps;
  readonly #address: string;
  readonly #line: SessionLine;
  readonly #dialled: DialledLine | undefined;
  #state: HandshakeState = { is: "opening" };

  constructor(address: string, dialled: DialledLine | undefined, line: SessionLine, deps: HandshakeDeps) {
    this.#dialled = dialled;
    this.#deps = deps;
    this.#address = address;
    this.#line = line;
  }

  /** The proof that this frame was, if it was a good one. Throws ProtocolViolation. */
  async take(frame: AgentFrame | UnknownFrame): Promise<Proof | undefined> {
    if (frame.t === "unknown") throw new ProtocolViolation("a frame has a wrong form");
    const state = this.#state;
    if (state.is === "opening") {
      this.#begin(frame);
      return undefined;
    }
    if (state.is === "over") return undefined;
    if (frame.t === "enroll") {
      await this.#enroll(frame, state.nonces);
      return undefined;
    }
    if (frame.t === "auth") return this.#authenticate(frame, state.nonces, state.version);
    throw new ProtocolViolation("expected enroll or auth");
  }

  #begin(frame: AgentFrame): void {
    if (frame.t !== "begin") throw new ProtocolViolation("expected begin");
    const nonce = fromBase64url(frame.agentNonce);
    if (nonce.length !== NONCE_BYTES) throw new ProtocolViolation("the nonce has a wrong length");
    const version = agreedVersion(frame.versions);
    if (version === undefined) return this.#line.close(CLOSE.version, "no protocol version in common");
    const nonces = { agent: nonce, hub: newNonce() };
    this.#state = { is: "greeted", nonces, version };
    const { keys, tlsPins } = this.#deps;
    const isDialled = this.#dialled !== undefined;
    this.#line.send(helloFrame(keys, version, nonces, { tlsPins: tlsPins(), isDialled }));
  }

  async #enroll(frame: EnrollFrame, nonces: Nonces): Promise<void> {
    this.#state = { is: "over" };
    const { keys, joinTokens, audit, owner, epoch } = this.#deps;
    const token = await joinTokens.key(frame.tokenId);
    const transcript = enrollTranscript(keys, nonces, frame);
    const isProved = isEnrollmentProved(transcript, frame, token?.macKey ?? DUMMY_MAC_KEY);
    // A token that is bound to a server is good where the hub dialled that server, any other where the agent dialled.
    const enrolled =
      token && isProved && (await this.#isForThisConnection(token.serverId))
        ? await owner.enroll(token, frame.name, fromBase64url(frame.agentPub), this.#address)
        : undefined;
    if (!enrolled) {
      await audit.append({
        actor: "unknown agent",
        door: "agent",
        action: "server.join",
        target: frame.name,
        args: { tokenId: frame.tokenId, ...(token && { tokenName: token.name }), address: this.#address },
        decision: "refused",
        reason: "wrong, used, expired or unfit token, or a wrong proof",
        cmd: null,
      });
      this.#dialled?.note({ is: "refused", why: "what joins there has another token, or another name" });
      return this.#refuse("JOIN_REFUSED", "The token is wrong, used, expired or made for another name.");
    }
    this.#dialled?.note({ is: "joined" });
    const { agentId, serverId, state } = enrolled;
    this.#line.send(welcomeFrame(keys, transcript, { agentId, serverId, state, epoch, auditHead: audit.head.hash }));
  }

  /** What the hub dials it dials for one server; the agent of one that was reached by SSH comes by itself, as new ones do. */
  async #isForThisConnection(serverId: string | null): Promise<boolean> {
    if (this.#dialled !== undefined) return serverId === this.#dialled.serverId;
    return serverId === null || (await this.#deps.servers.byId(serverId))?.link === "ssh";
  }

  async #authenticate(frame: AuthFrame, nonces: Nonces, version: number): Promise<Proof | undefined> {
    this.#state = { is: "over" };
    const { keys, servers, clock } = this.#deps;
    const claimed = authBodySchema.safeParse(parseJson(frame.body));
    if (!claimed.success) throw new ProtocolViolation("auth has a wrong form");
    const body = claimed.data;
    const server = await servers.byAgentId(body.agentId);
    const proves = (key: Uint8Array | null | undefined): boolean =>
      key !== null && key !== undefined && isAuthProved(keys, nonces, body.agentId, frame.body, frame.sig, key);
    const agent = server?.agent;
    const isOldKeyGood =
      agent?.oldKeyUntil !== null && agent?.oldKeyUntil !== undefined && clock.now() < agent.oldKeyUntil;
    const provedBy = proves(agent?.publicKey)
      ? "present"
      : isOldKeyGood && proves(agent?.oldPublicKey)
        ? "old"
        : undefined;
    if (!server || !agent || provedBy === undefined || body.version !== version) {
      await this.#refuse("UNAUTHENTICATED", "The proof is wrong.");
      return undefined;
    }
    const problem = this.#carrierProblem(server, body);
    if (problem !== undefined) {
      this.#dialled?.note({ is: "refused", why: problem });
      // No 4401: the agent's proof is right, and it must not draw conclusions for its keys from who passed it on.
      throw new ProtocolViolation(problem);
    }
    if (server.state === "revoked") {
      refuseRevoked(this.#line);
      return undefined;
    }
    if (provedBy === "present" && agent.oldPublicKey !== null) {
      await servers.noteAgent(agent.id, { old_public_key: null, old_key_until: null });
    }
    return { server, body, nonces };
  }

  /** Whether somebody may stand between the two who have proved themselves to each other (PR91, PR92). */
  #carrierProblem(server: KnownServer, { tlsKey }: AuthBody): string | undefined {
    const dialled = this.#dialled;
    if (dialled === undefined) return tlsKey === undefined ? undefined : "this agent waits to be dialled";
    if (server.id !== dialled.serverId) return "another server's agent answers there";
    const { tls } = dialled;
    if (tls.is === "none") return tlsKey === undefined ? undefined : "the agent listens by TLS: dial wss://";
    if (tls.isVerified || (tls.spkiSha256 !== "" && tls.spkiSha256 === tlsKey)) return undefined;
    return `its TLS certificate is not valid (${tls.why}) and not the one that the agent listens with`;
  }

  async #refuse(code: "JOIN_REFUSED" | "UNAUTHENTICATED", message: string): Promise<void> {
    await new Promise<void>((resolve) => void this.#deps.clock.after(REFUSAL_DELAY_MS, resolve));
    this.#line.send({ t: "refused", code, message });
    this.#line.close(CLOSE.badProof, "bad proof");
  }
}

/** Says goodbye to an agent for good. */
export function refuseRevoked(line: SessionLine): void {
  line.send({ t: "refused", code: "REVOKED", message: "This agent was revoked." });
  line.close(CLOSE.revoked, "revoked");
}
