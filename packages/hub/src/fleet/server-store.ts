import { isMusterError, MusterError } from "@muster/core";
import type { Clock, Instant } from "@muster/core";
import { isUniqueViolation, uuidv7 } from "@muster/node-kit";
import type { PolicySummary, WireFacts } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import type { AgentRow, ServerRow } from "../state/schema.ts";

export type ServerStateName = ServerRow["state"];

/** A server as it is kept, with its agent's lasting part. */
export interface KnownServer {
  readonly id: string;
  readonly name: string;
  readonly link: ServerRow["link"];
  /** Whether there are settings by which the hub reaches it by SSH, also where an agent reports by itself. */
  readonly hasSshLink: boolean;
  readonly state: ServerStateName;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly intervalMs: number;
  readonly createdAt: Instant;
  readonly lastHeardAt: Instant | null;
  readonly droppedSamples: number;
  readonly facts: WireFacts | null;
  readonly agent: KnownAgent | null;
}

export interface KnownAgent {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly oldPublicKey: Uint8Array | null;
  readonly oldKeyUntil: Instant | null;
  readonly agentVersion: string | null;
  readonly policyHash: string | null;
  readonly policySummary: PolicySummary | null;
  readonly lastSeq: number;
  readonly commandSeq: number;
}

export interface ServerPatch {
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly notes?: string | undefined;
  readonly intervalMs?: number | undefined;
  readonly state?: ServerStateName | undefined;
}

const COMMAND_SEQ_BLOCK = 64;

const AGENT_COLUMNS = [
  "agent.id as agent_id",
  "agent.public_key",
  "agent.old_public_key",
  "agent.old_key_until",
  "agent.agent_version",
  "agent.policy_hash",
  "agent.policy_summary",
  "agent.last_seq",
  "agent.command_seq",
] as const;

type JoinedRow = ServerRow & { agent_id: string | null; link_settings: string | null } & {
  [K in keyof Omit<AgentRow, "id" | "server_id" | "created_at">]: AgentRow[K] | null;
};

function toServer(row: JoinedRow): KnownServer {
  return {
    id: row.id,
    name: row.name,
    link: row.link,
    hasSshLink: isSshLink(row.link_settings),
    state: row.state,
    tags: JSON.parse(row.tags) as string[],
    notes: row.notes,
    intervalMs: row.interval_ms,
    createdAt: row.created_at,
    lastHeardAt: row.last_heard_at,
    droppedSamples: row.dropped_samples,
    facts: row.facts === null ? null : (JSON.parse(row.facts) as WireFacts),
    agent:
      row.agent_id === null || row.public_key === null
        ? null
        : {
            id: row.agent_id,
            publicKey: row.public_key,
            oldPublicKey: row.old_public_key,
            oldKeyUntil: row.old_key_until,
            agentVersion: row.agent_version,
            policyHash: row.policy_hash,
            policySummary: row.policy_summary === null ? null : (JSON.parse(row.policy_summary) as PolicySummary),
            lastSeq: row.last_seq ?? 0,
            commandSeq: row.command_seq ?? 0,
          },
  };
}

/** Takes one use of a join token; false when there is none left. */
async function spendToken(transaction: Database, tokenId: string, now: Instant): Promise<boolean> {
  const spent = await transaction
    .updateTable("join_token")
    .set((set) => ({ uses_left: set("uses_left", "-", 1) }))
    .where("id", "=", tokenId)
    .where("uses_left", ">", 0)
    .where("expires_at", ">", now)
    .executeTakeFirstOrThrow();
  return spent.numUpdatedRows > 0n;
}

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
  await transaction.insertInto("join_token_use").values({ token_id: tokenId, server_id: serverId, at: now }).execute();
}

const isSshLink = (settings: string | null): boolean =>
  settings !== null && (JSON.parse(settings) as { kind?: unknown }).kind === "ssh";

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

/** Keeps servers and the lasting part of their agents. Ids are never used again. */
export class ServerStore {
  readonly #db: Database;
  readonly #clock: Clock;
  /** Numbers that are durable already and not given out. One asks for an agent's at a time. */
  readonly #commandSeqs = new Map<string, { next: number; readonly last: number }>();

  constructor(deps: { readonly db: Database; readonly clock: Clock }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
  }

  #query() {
    return this.#db
      .selectFrom("server")
      .leftJoin("agent", "agent.server_id", "server.id")
      .leftJoin("server_link", "server_link.server_id", "server.id")
      .selectAll("server")
      .select("server_link.settings as link_settings")
      .select(AGENT_COLUMNS);
  }

  async all(): Promise<readonly KnownServer[]> {
    return (await this.#query().execute()).map((row) => toServer(row as JoinedRow));
  }

  async byId(id: string): Promise<KnownServer | undefined> {
    const row = await this.#query().where("server.id", "=", id).executeTakeFirst();
    return row && toServer(row as JoinedRow);
  }

  async byAgentId(agentId: string): Promise<KnownServer | undefined> {
    const row = await this.#query().where("agent.id", "=", agentId).executeTakeFirst();
    return row && toServer(row as JoinedRow);
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
      if (!(await spendToken(transaction, request.tokenId, now))) return undefined;
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
        if (!(await spendToken(transaction, request.tokenId, now))) throw new MusterError("JOIN_REFUSED");
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

  /**
   * A server that the hub reaches by itself, or that sends heartbeats; `also` goes into the same transaction, as does
   * the use of a join token. Throws CONFLICT when the name is taken, JOIN_REFUSED when the token has no use left.
   */
  async make(
    server: {
      readonly name: string;
      readonly link: ServerRow["link"];
      readonly state: "active" | "pending";
      readonly tags: readonly string[];
      readonly notes: string;
      readonly intervalMs: number;
      readonly tokenId?: string;
    },
    also: (transaction: Database, serverId: string) => Promise<unknown>,
  ): Promise<string> {
    const now = this.#clock.now();
    const id = uuidv7(now);
    const { name, link, state, notes, tokenId } = server;
    try {
      await this.#db.transaction().execute(async (transaction) => {
        if (tokenId !== undefined && !(await spendToken(transaction, tokenId, now)))
          throw new MusterError("JOIN_REFUSED");
        await transaction
          .insertInto("server")
          .values({
            ...{ id, name, link, state, notes },
            tags: JSON.stringify([...new Set(server.tags)]),
            interval_ms: server.intervalMs,
            created_at: now,
            last_heard_at: null,
            dropped_samples: 0,
            facts: null,
          })
          .execute();
        if (tokenId !== undefined)
          await transaction
            .insertInto("join_token_use")
            .values({ token_id: tokenId, server_id: id, at: now })
            .execute();
        await also(transaction, id);
      });
    } catch (error) {
      if (isUniqueViolation(error))
        throw new MusterError("CONFLICT", { fields: { "body.name": "is taken by another server" } });
      throw error;
    }
    return id;
  }

  /** Throws NOT_FOUND, or CONFLICT when the name is taken. */
  async change(id: string, patch: ServerPatch): Promise<KnownServer> {
    const set = {
      ...(patch.name === undefined ? {} : { name: patch.name }),
      ...(patch.tags === undefined ? {} : { tags: JSON.stringify([...new Set(patch.tags)]) }),
      ...(patch.notes === undefined ? {} : { notes: patch.notes }),
      ...(patch.intervalMs === undefined ? {} : { interval_ms: patch.intervalMs }),
      ...(patch.state === undefined ? {} : { state: patch.state }),
    };
    try {
      if (Object.keys(set).length > 0) await this.#db.updateTable("server").set(set).where("id", "=", id).execute();
    } catch (error) {
      if (isUniqueViolation(error))
        throw new MusterError("CONFLICT", { fields: { name: "is taken by another server" } });
      throw error;
    }
    const changed = await this.byId(id);
    if (!changed) throw new MusterError("NOT_FOUND");
    return changed;
  }

  /** Throws NOT_FOUND. */
  async delete(id: string): Promise<void> {
    const { numDeletedRows } = await this.#db.deleteFrom("server").where("id", "=", id).executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) throw new MusterError("NOT_FOUND");
  }

  async noteFacts(id: string, facts: WireFacts): Promise<void> {
    await this.#db
      .updateTable("server")
      .set({ facts: JSON.stringify(facts) })
      .where("id", "=", id)
      .execute();
  }

  async noteHeard(heard: readonly { readonly id: string; readonly at: Instant }[]): Promise<void> {
    if (heard.length === 0) return;
    await this.#db.transaction().execute(async (transaction) => {
      for (const { id, at } of heard)
        await transaction.updateTable("server").set({ last_heard_at: at }).where("id", "=", id).execute();
    });
  }

  async noteAgent(
    agentId: string,
    change: Partial<
      Pick<
        AgentRow,
        | "agent_version"
        | "policy_hash"
        | "policy_summary"
        | "last_seq"
        | "public_key"
        | "old_public_key"
        | "old_key_until"
      >
    >,
  ): Promise<void> {
    if (Object.keys(change).length > 0)
      await this.#db.updateTable("agent").set(change).where("id", "=", agentId).execute();
  }

  /**
   * The next number of a command to this agent, greater than all before. Blocks of numbers are made durable ahead, so that
   * no two commands ever share one and few commands wait for the disk; a restart leaves some out.
   */
  async nextCommandSeq(agentId: string): Promise<number> {
    const block = this.#commandSeqs.get(agentId);
    if (block !== undefined && block.next <= block.last) return block.next++;
    const { command_seq: last } = await this.#db
      .updateTable("agent")
      .set((set) => ({ command_seq: set("command_seq", "+", COMMAND_SEQ_BLOCK) }))
      .where("id", "=", agentId)
      .returning("command_seq")
      .executeTakeFirstOrThrow();
    const next = last - COMMAND_SEQ_BLOCK + 1;
    this.#commandSeqs.set(agentId, { next: next + 1, last });
    return next;
  }
}
