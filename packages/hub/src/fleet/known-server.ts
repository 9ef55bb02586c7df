import type { Instant } from "@muster/core";
import type { PolicySummary, WireFacts } from "@muster/protocol";
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

/** Of an agent, beside its server's. */
export const AGENT_COLUMNS = [
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

/** A server with its agent's columns and its link's settings, where there are any. */
export type JoinedRow = ServerRow & { agent_id: string | null; link_settings: string | null } & {
  [K in keyof Omit<AgentRow, "id" | "server_id" | "created_at">]: AgentRow[K] | null;
};

export function toServer(row: JoinedRow): KnownServer {
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

/** Whether settings, as they are kept, are those of a way by SSH. */
export const isSshLink = (settings: string | null): boolean =>
  settings !== null && (JSON.parse(settings) as { kind?: unknown }).kind === "ssh";
