import type { TaskRunOutcome } from "@muster/core";
import type { Generated } from "kysely";

/** Rows as they stand in the state database. Instants are epoch ms, flags 0 or 1, lists and maps JSON text. */
export interface StateSchema {
  meta: MetaRow;
  user: UserRow;
  session: SessionRow;
  api_token: ApiTokenRow;
  join_token: JoinTokenRow;
  join_token_use: JoinTokenUseRow;
  server: ServerRow;
  agent: AgentRow;
  audit: AuditRowStored;
  service: ServiceRow;
  ledger: LedgerRow;
  action: ActionRow;
  action_request: ActionRequestRow;
  server_link: ServerLinkRow;
  server_parent: ServerParentRow;
  ssh_key: SshKeyRow;
  link_command: LinkCommandRow;
  probe: ProbeRow;
  rule: RuleRow;
  incident: IncidentRow;
  incident_member: IncidentMemberRow;
  incident_entry: IncidentEntryRow;
  silence: SilenceRow;
  notifier: NotifierRow;
  telling: TellingRow;
  delivery: DeliveryRow;
  telegram_bot: TelegramBotRow;
  telegram_binding: TelegramBindingRow;
  telegram_update: TelegramUpdateRow;
  telegram_buttons: TelegramButtonsRow;
  task: TaskRow;
  task_run: TaskRunRow;
  task_run_batch: TaskRunBatchRow;
  task_run_step: TaskRunStepRow;
  rollout: RolloutRow;
  rollout_target: RolloutTargetRow;
  service_need: ServiceNeedRow;
  status_page: StatusPageRow;
  uptime: UptimeRow;
}

export interface MetaRow {
  key: string;
  value: string;
}

export interface UserRow {
  id: string;
  name: string;
  role: "viewer" | "operator" | "admin";
  enabled: number;
  password_hash: string;
  created_at: number;
  last_login_at: number | null;
}

export interface SessionRow {
  /** SHA-256 of the cookie's value, hex. */
  id_hash: string;
  user_id: string;
  created_at: number;
  last_seen_at: number;
  /** When the user last proved the identity by password. */
  proved_at: number;
}

export interface ApiTokenRow {
  id: string;
  user_id: string;
  name: string;
  secret_hash: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface JoinTokenRow {
  id: string;
  name: string | null;
  tags: string;
  /** SHA-256 of the secret is the HMAC key and so as good as the password: sealed with the KEK. */
  secret_sealed: Uint8Array;
  uses_left: number;
  created_at: number;
  created_by: string;
  expires_at: number;
  /** The one server whose agent may join with it: one that the hub dials, or that is reached by SSH; null for all others. */
  server_id: string | null;
}

export interface JoinTokenUseRow {
  token_id: string;
  server_id: string;
  at: number;
}

export interface ServerRow {
  id: string;
  name: string;
  link: "agent" | "ssh" | "pull" | "push";
  state: "active" | "pending" | "quarantined" | "revoked";
  tags: string;
  notes: string;
  interval_ms: number;
  created_at: number;
  last_heard_at: number | null;
  dropped_samples: number;
  facts: string | null;
}

/** What a server stands behind, as somebody said: one of both is not null. */
export interface ServerParentRow {
  server_id: string;
  parent_server_id: string | null;
  parent_probe_id: string | null;
}

export interface AgentRow {
  id: string;
  server_id: string;
  public_key: Uint8Array;
  /** The key before a rotation, good until the new one is first used or this instant. */
  old_public_key: Uint8Array | null;
  old_key_until: number | null;
  agent_version: string | null;
  policy_hash: string | null;
  policy_summary: string | null;
  /** Highest sequence number seen, to notice a server that was set back. */
  last_seq: number;
  command_seq: number;
  created_at: number;
}

/** How a server without an agent is reached. */
export interface ServerLinkRow {
  server_id: string;
  /** JSON text of `LinkSettings`. */
  settings: string;
  /** Password or token for the other side, sealed with the KEK. */
  secret_sealed: Uint8Array | null;
  /** SHA-256 of what heartbeats must carry, hex. */
  token_hash: string | null;
  /** JSON text of the host key that is pinned, and of one that was shown and is not approved. */
  host_key: string | null;
  shown_host_key: string | null;
  key_id: string | null;
  /** Of the list of channels that was seen first after these settings were saved. */
  list_fingerprint: string | null;
}

export interface SshKeyRow {
  id: string;
  name: string;
  type: string;
  public_key: string;
  fingerprint: string;
  private_sealed: Uint8Array;
  created_at: number;
  created_by: string;
}

export interface ProbeRow {
  id: string;
  name: string;
  kind: string;
  /** JSON text, by the kind's fields. */
  settings: string;
  /** Password or token for the target, sealed with the KEK. */
  secret_sealed: Uint8Array | null;
  /** SHA-256 of what calls of a waiting probe carry, hex. */
  token_hash: string | null;
  via_server_id: string | null;
  about_server_id: string | null;
  /** Which service of that server, JSON text of its driver and name; null: none of them alone. */
  about_service: string | null;
  tags: string;
  state: "active" | "paused";
  maintenance_until: number | null;
  interval_ms: number;
  timeout_ms: number;
  rise: number;
  fall: number;
  created_at: number;
  /** What it was held to be, and its last results, JSON text. */
  standing: string;
  /** The newest calls of a waiting probe, JSON text. */
  heard: string;
}

/** The journal of what the hub itself does on servers without an agent. JSON text where it is structured. */
export interface LinkCommandRow {
  cmd: string;
  server_id: string;
  core_hash: string;
  started_at: number;
  action: string | null;
  seen: string | null;
  allowed_by: string | null;
  result: string | null;
  confirmed: number;
}

export interface AuditRowStored {
  seq: Generated<number>;
  /** The row's JSON text: exactly the bytes that the hash covers. */
  row: string;
  hash: string;
  /** Made by the database from `row`, for filtering. */
  actor: Generated<string>;
  action: Generated<string>;
  target: Generated<string>;
}

export interface ServiceRow {
  id: string;
  server_id: string;
  driver: string;
  name: string;
  created_at: number;
  /** The service as its server told it last, JSON text. */
  status: string;
  told_at: number;
  gone_at: number | null;
}

export interface LedgerRow {
  /** In the order in which lines came; it tells them apart where two ledgers of a server begin with the same number. */
  id: Generated<number>;
  server_id: string;
  /** A server whose ledger was lost begins another one, whose numbers begin anew. */
  ledger_id: string;
  seq: number;
  driver: string;
  name: string;
  at: number;
  entry: string;
}

export interface ActionRow {
  /** Also the command's id. */
  id: string;
  batch_id: string;
  server_id: string;
  server_name: string;
  service_id: string | null;
  action: string;
  /** Without secrets. */
  args: string;
  /** The right that whoever asked must hold, now and at each delivery. */
  needs: string;
  /** The exact text that is signed; null once it is not needed any more, or while it stands sealed. */
  core: string | null;
  /** Of a command that carries secrets: sealed with the KEK, bound to this row. */
  core_sealed: Uint8Array | null;
  /** As the audit log names who asked. */
  actor: string;
  actor_ref: string;
  door: string;
  reason: string;
  state: "asked" | "sent" | "ended";
  /** Whose word the outcome is. */
  ended_by: "server" | "hub" | null;
  outcome: "succeeded" | "failed" | "refused" | "unknown" | null;
  detail: string;
  exit: number | null;
  output: string | null;
  asked_at: number;
  not_after: number;
  sent_at: number | null;
  last_sent_at: number | null;
  ended_at: number | null;
  /** The audit row that stood before it was sent, and that of its outcome. */
  audit_seq: number;
  audit_hash: string;
  ended_audit_seq: number | null;
}

/** An Idempotency-Key, whose it is, and what it asked for. */
export interface ActionRequestRow {
  actor_ref: string;
  idempotency_key: string;
  body_hash: string;
  batch_id: string;
  asked_at: number;
}

export interface RuleRow {
  id: string;
  name: string;
  definition: string;
  /** By which name it came with the program; null: somebody made it. */
  origin: string | null;
  created_at: number;
  /** JSON of an ActorRef: who saved it last. */
  owner: string | null;
}

export interface IncidentRow {
  id: string;
  /** Of a rule that may be gone. */
  rule_id: string;
  rule_name: string;
  state: "open" | "resolved";
  severity: string;
  opened_at: number;
  resolved_at: number | null;
  reopened: number;
  acknowledged_by: string | null;
  acknowledged_at: number | null;
  snoozed_until: number | null;
  evidence: string | null;
}

export interface IncidentMemberRow {
  incident_id: string;
  key: string;
  /** In which order they came. */
  place: number;
  server_id: string | null;
  subject: string;
  title: string;
  severity: string;
  value: number | null;
  since: number;
  cleared_at: number | null;
}

export interface IncidentEntryRow {
  id: Generated<number>;
  incident_id: string;
  at: number;
  kind: string;
  by: string;
  detail: string;
}

export interface SilenceRow {
  id: string;
  matcher: string;
  reason: string;
  author: string;
  begins_at: number;
  ends_at: number;
}

export interface NotifierRow {
  id: string;
  name: string;
  kind: string;
  settings: string;
  secret_sealed: Uint8Array | null;
  is_enabled: number;
  is_default: number;
  severity_least: string;
  delay_ms: number;
  repeat_ms: number;
  hours: string | null;
  fallback_id: string | null;
  state: "untried" | "working" | "failing" | "stopped";
  state_since: number;
  state_detail: string;
  created_at: number;
  refusals: number;
}

/** What a notifier was told last of an incident. */
export interface TellingRow {
  incident_id: string;
  notifier_id: string;
  told: string;
  /** What the vendor calls the message. */
  message_ref: string | null;
}

export interface DeliveryRow {
  /** In the order in which things were to be told, which ids of one millisecond do not have. */
  seq: Generated<number>;
  /** Also the notice's key. */
  id: string;
  incident_id: string | null;
  notifier_id: string;
  notice: string;
  state: "waiting" | "sent" | "failed";
  attempts: number;
  asked_at: number;
  next_at: number;
  ended_at: number | null;
  detail: string;
}

/** How far the updates of a notifier's bot have been taken in. */
export interface TelegramBotRow {
  notifier_id: string;
  /** The bot's own number, which its token begins with: another bot counts its updates anew. */
  account: string;
  next_update: number | null;
  heard_at: number;
  /** The secret of the webhook that the hub has set; null where it has set none. */
  webhook_sealed: Uint8Array | null;
}

/** A person of Telegram who is a user here. */
export interface TelegramBindingRow {
  notifier_id: string;
  telegram_id: number;
  user_id: string;
  /** As that one is called there; shown only. */
  name: string;
  bound_at: number;
}

/** An update that was taken in: written before anything comes of it, so that nothing comes of it twice. */
export interface TelegramUpdateRow {
  notifier_id: string;
  update_id: number;
  chat_id: number | null;
  telegram_id: number | null;
  language: "en" | "ru";
  taken_at: number;
  /** Null while it is worked on, or when the hub ended meanwhile. */
  ended_at: number | null;
}

/** The buttons under one message, of which one may be pressed once by one person. */
export interface TelegramButtonsRow {
  id: string;
  notifier_id: string;
  chat_id: number;
  telegram_id: number;
  orders: string;
  expires_at: number;
  used_at: number | null;
}

export interface TaskRow {
  id: string;
  name: string;
  definition: string;
  /** Whose rights it has: an `ActorRef`. */
  owner_ref: string;
  /** As the log called that one when the task was written. */
  owner: string;
  suspended: string | null;
  /** Every slot up to this instant has a run, or is told of in one. */
  accounted_to: number;
  created_at: number;
  changed_at: number;
}

export interface TaskRunRow {
  id: string;
  task_id: string;
  task_name: string;
  slot: number;
  slot_last: number;
  slot_count: number;
  cause: "schedule" | "asked";
  by: string;
  state: "waiting" | "running" | "ended";
  outcome: TaskRunOutcome | null;
  detail: string;
  attempt: number;
  not_before: number;
  /** When it has taken too long. */
  until: number | null;
  started_at: number | null;
  late_ms: number | null;
  ended_at: number | null;
  /** The hub that carries it out, until when without a word from it, and how many did so far. */
  holder: string | null;
  held_until: number;
  epoch: number;
}

export interface TaskRunBatchRow {
  run_id: string;
  attempt: number;
  batch_id: string;
}

export interface TaskRunStepRow {
  run_id: string;
  attempt: number;
  place: number;
  what: string;
  outcome: TaskRunOutcome | null;
  detail: string;
  output: string;
  ended_at: number | null;
}

/** A plan, and how far it is once it is started. */
export interface RolloutRow {
  id: string;
  /** The exact text that its hash is of. */
  plan: string;
  state: string;
  is_over: number;
  /** As the audit log names who asked. */
  asker: string;
  asker_ref: string;
  door: string;
  asked_at: number;
  approved_by: string | null;
  approved_at: number | null;
  started_at: number | null;
  ended_at: number | null;
  revision: number;
}

/** One target, in the plan's order. */
export interface RolloutTargetRow {
  rollout_id: string;
  place: number;
  stage: string;
  progress: string;
}

/** A service that needs another one because somebody said so. */
export interface ServiceNeedRow {
  service_id: string;
  needs_id: string;
  author: string;
  created_at: number;
}

export interface StatusPageRow {
  id: string;
  slug: string;
  /** The rest of it, as JSON. */
  page: string;
}

/** What a stretch of time was like for one thing that pages show, in looks. */
export interface UptimeRow {
  thing: string;
  span: "hours" | "days";
  from_at: number;
  up: number;
  degraded: number;
  down: number;
}
