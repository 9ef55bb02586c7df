import { isMusterError, MusterError } from "@muster/core";
import type { Clock, Instant } from "@muster/core";
import { isUniqueViolation, uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import { noteJoinTokenUse, spendJoinToken } from "./join-token-store.ts";
import { isSshLink } from "./known-server.ts";

/** A server for an agent that brings none. */
async function insertEnrolled(
  transaction: Database,
  serverId: string,
  request: {
    readonly name: string;
    readonly isNameFromToken: boolean;
    readonly tags: readonly string[];
    readonly intervalMs: number;
  },
  now: Instant,
): Promise<{ readonly name: string; readonly state: "active" | "pending" }> {
  const isTaken =
    (await transaction.selectFrom("server").select("id").where("name", "=", request.name).executeTakeFirst()) !==
    undefined;
  const name = isTaken ? `${Array.from(request.name).slice(0, 50).join("")}-${serverId.slice(-6)}` : request.name;
  const state = request.isNameFromToken && !isTaken ? "active" : "pending";
  await transaction
    .insertInto("server")
    .values({
      id: serverId,
      name,
      link: "agent",
      state,
      tags: JSON.stringify(request.tags),
      notes: "",
      interval_ms: request.intervalMs,
      created_at: now,
      last_heard_at: null,
      dropped_samples: 0,
      facts: null,
    })
    .execute();
  return { name, state };
}

/** Makes a server that waits for its agent active. One that has an agent, also a revoked one, keeps it: a token alone takes nothing over (AG-13). */
async function takeAgent(
  transaction: Database,
  serverId: string,
): Promise<{ readonly name: string; readonly state: "active" }> {
  const server = await transaction
    .selectFrom("server")
    .leftJoin("agent", "agent.server_id", "server.id")
    .select(["server.name", "server.state", "agent.id as agent_id"])
    .where("server.id", "=", serverId)
    .executeTakeFirst();
  if (server === undefined || server.agent_id !== null || server.state === "revoked")
    throw new MusterError("JOIN_REFUSED");
  await transaction.updateTable("server").set({ state: "active" }).where("id", "=", serverId).execute();
  return { name: server.name, state: "active" };
}

async function insertAgent(
  transaction: Database,
  agent: {
    readonly agentId: string;
    readonly serverId: string;
    readonly tokenId: string;
    readonly publicKey: Uint8Array;
    readonly now: Instant;
  },
): Promise<void> {
  const { agentId, serverId, tokenId, publicKey, now } = agent;
  await transaction
    .insertInto("agent")
    .values({
      id: agentId,
      server_id: serverId,
      public_key: publicKey,
      old_public_key: null,
      old_key_until: null,
      agent_version: null,
      policy_hash: null,
      policy_summary: null,
      last_seq: 0,
      command_seq: 0,
      created_at: now,
    })
    .execute();
  await noteJoinTokenUse(transaction, tokenId, serverId, now);
}

async function hasSentCommand(db: Database, serverId: string): Promise<boolean> {
  const sent = await db
    .selectFrom("action")
    .select("id")
    .where("server_id", "=", serverId)
    .where("state", "=", "sent")
    .limit(1)
    .executeTakeFirst();
  return sent !== undefined;
}

async function detach(transaction: Database, serverId: string): Promise<void> {
  const link = await transaction
    .selectFrom("server_link")
    .select("settings")
    .where("server_id", "=", serverId)
    .executeTakeFirst();
  if (!isSshLink(link?.settings ?? null))
    throw new MusterError("CONFLICT", { message: "The hub does not know how to reach this server by SSH." });
  await transaction.deleteFrom("agent").where("server_id", "=", serverId).execute();
  await transaction.updateTable("server").set({ link: "ssh" }).where("id", "=", serverId).execute();
}

/** Which agent belongs to which server: taken on by a join token, and let go for a way by SSH. */
export class AgentMembership {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(deps: { readonly db: Database; readonly clock: Clock }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
  }

  /**
   * Server, agent and the token's use in one transaction; with `serverId` the agent of that server, which is there already
   * and has none. Undefined when the token has no use left; throws JOIN_REFUSED when the key is known already or that server
   * takes no agent. A taken name makes the server pending under a name of its own.
   */
  async enroll(request: {
    readonly tokenId: string;
    readonly name: string;
    readonly isNameFromToken: boolean;
    readonly tags: readonly string[];
    readonly publicKey: Uint8Array;
    readonly intervalMs: number;
    readonly serverId: string | null;
  }): Promise<
    | {
        readonly serverId: string;
        readonly agentId: string;
        readonly state: "active" | "pending";
        readonly name: string;
      }
    | undefined
  > {
    const now = this.#clock.now();
    const serverId = request.serverId ?? uuidv7(now);
    const agentId = uuidv7(now);
    return this.#db.transaction().execute(async (transaction) => {
      if (!(await spendJoinToken(transaction, request.tokenId, now))) return undefined;
      if (
        await transaction
          .selectFrom("agent")
          .select("id")
          .where("public_key", "=", request.publicKey)
          .executeTakeFirst()
      ) {
        throw new MusterError("JOIN_REFUSED");
      }
      const { name, state } =
        request.serverId === null
          ? await insertEnrolled(transaction, serverId, request, now)
          : await takeAgent(transaction, serverId);
      const { tokenId, publicKey } = request;
      await insertAgent(transaction, { agentId, serverId, tokenId, publicKey, now });
      return { serverId, agentId, state, name } as const;
    });
  }

  /**
   * The agent of a server that is reached by SSH, and the token's use, in one transaction: from then on it is reached by its
   * agent, and its settings for SSH stay. Undefined when the token has no use left, the key is known, the server has an
   * agent or is not active, or when it has a command whose result is still to come: another journal would do it again.
   */
  async attachAgent(request: {
    readonly tokenId: string;
    readonly serverId: string;
    readonly publicKey: Uint8Array;
  }): Promise<
    { readonly serverId: string; readonly agentId: string; readonly state: "active"; readonly name: string } | undefined
  > {
    const { serverId } = request;
    const now = this.#clock.now();
    const agentId = uuidv7(now);
    try {
      return await this.#db.transaction().execute(async (transaction) => {
        if (!(await spendJoinToken(transaction, request.tokenId, now))) throw new MusterError("JOIN_REFUSED");
        if (await hasSentCommand(transaction, serverId)) throw new MusterError("JOIN_REFUSED");
        const server = await transaction
          .updateTable("server")
          .set({ link: "agent" })
          .where("id", "=", serverId)
          .where("link", "=", "ssh")
          .where("state", "=", "active")
          .returning("name")
          .executeTakeFirst();
        if (server === undefined) throw new MusterError("JOIN_REFUSED");
        await insertAgent(transaction, { agentId, now, ...request });
        return { serverId, agentId, state: "active", name: server.name } as const;
      });
    } catch (error) {
      if (isMusterError(error, "JOIN_REFUSED") || isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  /**
   * The way back: the server is reached by SSH again, and its agent shut out for good. Throws CONFLICT while it has a command
   * whose result is still to come, and where it has no settings for SSH.
   */
  async detachAgent(serverId: string): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      if (await hasSentCommand(transaction, serverId))
        throw new MusterError("CONFLICT", { message: "An action on this server has not ended yet. Wait for it." });
      await detach(transaction, serverId);
    });
  }

  /** Whether a command was sent to a server and has no result yet. */
  hasSentCommand(serverId: string): Promise<boolean> {
    return hasSentCommand(this.#db, serverId);
  }

  /** Takes back what deployments began that ended with their hub: agents which never came. Gives their servers. */
  async detachUnfinished(): Promise<readonly { readonly id: string; readonly name: string }[]> {
    return this.#db.transaction().execute(async (transaction) => {
      const unfinished = await transaction
        .selectFrom("server")
        .innerJoin("agent", "agent.server_id", "server.id")
        .innerJoin("server_link", "server_link.server_id", "server.id")
        .select(["server.id", "server.name", "server_link.settings"])
        .where("agent.agent_version", "is", null)
        .execute();
      const bySsh = unfinished.filter(({ settings }) => isSshLink(settings));
      for (const { id } of bySsh) await detach(transaction, id);
      return bySsh.map(({ id, name }) => ({ id, name }));
    });
  }
}
