import { isMusterError, isServerName, MusterError } from "@muster/core";
import { equalBytes, sha256 } from "@muster/node-kit";
import { parseJoinToken } from "@muster/protocol";
import type { AuditLog } from "../../access/audit-log.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { joinTokenActor } from "../../fleet/join-token-store.ts";
import type { JoinTokenKey, JoinTokenStore } from "../../fleet/join-token-store.ts";
import type { LinkStore } from "../../fleet/link-store.ts";
import type { ServerStore } from "../../fleet/server-store.ts";

export interface PushEnrollmentDeps {
  readonly servers: ServerStore;
  readonly links: LinkStore;
  readonly joinTokens: JoinTokenStore;
  readonly fleet: Fleet;
  readonly audit: AuditLog;
}

/** What a script says of the server that it runs on. */
export interface PushRegistration {
  readonly name: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly intervalMs: number;
}

export interface PushRegistered {
  readonly id: string;
  /** What its heartbeats must carry. */
  readonly token: string;
  readonly name: string;
  readonly state: "active" | "pending";
}

/** Lets servers in that send heartbeats, by the same tokens and rules as agents: a taken or unnamed one waits for approval. */
export class PushEnrollment {
  readonly #deps: PushEnrollmentDeps;

  constructor(deps: PushEnrollmentDeps) {
    this.#deps = deps;
  }

  /** Throws JOIN_REFUSED, whatever is wrong with the token or the name. */
  async register(tokenText: string | undefined, wanted: PushRegistration, address: string): Promise<PushRegistered> {
    const token = await this.#token(tokenText);
    const isFit =
      token !== undefined &&
      token.serverId === null &&
      isServerName(wanted.name) &&
      (token.name === null || token.name === wanted.name);
    const registered = isFit ? await this.#make(token, wanted) : undefined;
    await this.#deps.audit.append({
      actor: token === undefined ? "unknown script" : joinTokenActor(token),
      door: "http",
      action: "server.join",
      target: registered?.name ?? wanted.name.slice(0, 64),
      args: { link: "push", address, ...(registered && { serverId: registered.id, state: registered.state }) },
      decision: registered === undefined ? "refused" : "succeeded",
      reason: registered === undefined ? "wrong, used, expired or unfit token" : "",
      cmd: null,
    });
    if (registered === undefined) throw new MusterError("JOIN_REFUSED");
    return registered;
  }

  async #token(text: string | undefined): Promise<JoinTokenKey | undefined> {
    const parsed = text === undefined ? undefined : parseJoinToken(text);
    const key = parsed && (await this.#deps.joinTokens.key(parsed.id));
    if (!parsed || !key || !equalBytes(sha256(parsed.secret), key.macKey)) return undefined;
    // One that gives an agent to a server which is there makes none.
    return key.serverId === null ? key : undefined;
  }

  async #make(token: JoinTokenKey, wanted: PushRegistration): Promise<PushRegistered | undefined> {
    const state = token.name === null ? "pending" : "active";
    try {
      return await this.#insert(token, wanted, state);
    } catch (error) {
      if (isMusterError(error, "JOIN_REFUSED")) return undefined;
      if (!isMusterError(error, "CONFLICT")) throw error;
    }
    // The name is somebody else's: whoever has the token does not get it, and a person decides.
    const name = `${Array.from(wanted.name).slice(0, 50).join("")}-${token.id.slice(0, 6)}`;
    try {
      return await this.#insert(token, { ...wanted, name }, "pending");
    } catch (error) {
      if (isMusterError(error, "JOIN_REFUSED") || isMusterError(error, "CONFLICT")) return undefined;
      throw error;
    }
  }

  async #insert(
    token: JoinTokenKey,
    { name, tags, notes, intervalMs }: PushRegistration,
    state: "active" | "pending",
  ): Promise<PushRegistered> {
    const { servers, links, fleet } = this.#deps;
    let secret: string | null = null;
    const all = [...new Set([...token.tags, ...tags])];
    const id = await servers.make(
      { name, link: "push", state, tags: all, notes, intervalMs, tokenId: token.id },
      async (transaction, serverId) => {
        secret = await links.insert(transaction, serverId, { kind: "push" }, undefined);
      },
    );
    await links.took(id);
    await fleet.adopt(id);
    return { id, token: secret!, name, state };
  }
}
