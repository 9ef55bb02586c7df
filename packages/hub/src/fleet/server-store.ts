import { MusterError } from "@muster/core";
import type { Clock, Instant } from "@muster/core";
import { isUniqueViolation, uuidv7 } from "@muster/node-kit";
import type { WireFacts } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import type { AgentRow, ServerRow } from "../state/schema.ts";
import { noteJoinTokenUse, spendJoinToken } from "./join-token-store.ts";
import { AGENT_COLUMNS, toServer } from "./known-server.ts";
import type { JoinedRow, KnownServer, ServerStateName } from "./known-server.ts";

export interface ServerPatch {
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly notes?: string | undefined;
  readonly intervalMs?: number | undefined;
  readonly state?: ServerStateName | undefined;
}

const COMMAND_SEQ_BLOCK = 64;

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
        if (tokenId !== undefined && !(await spendJoinToken(transaction, tokenId, now)))
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
        if (tokenId !== undefined) await noteJoinTokenUse(transaction, tokenId, id, now);
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
