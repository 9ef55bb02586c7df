-- application_id 1299412082, user_version 17
CREATE INDEX action_asked ON action(asked_at);
CREATE INDEX action_batch ON action(batch_id);
CREATE INDEX action_open ON action(id) WHERE state <> 'ended';
CREATE INDEX action_server ON action(server_id, id);
CREATE INDEX action_service ON action(service_id, id) WHERE service_id IS NOT NULL;
CREATE INDEX delivery_by_incident ON delivery (incident_id);
CREATE INDEX delivery_by_state ON delivery (state, next_at);
CREATE INDEX incident_by_state ON incident (state, opened_at);
CREATE INDEX incident_entry_by_incident ON incident_entry (incident_id, id);
CREATE INDEX incident_member_by_key ON incident_member (key);
CREATE INDEX incident_member_by_server ON incident_member (server_id, incident_id);
CREATE INDEX ledger_service ON ledger(server_id, driver, name);
CREATE INDEX link_command_server ON link_command(server_id, started_at);
CREATE INDEX rollout_by_end ON rollout (is_over, ended_at);
CREATE INDEX server_link_key ON server_link(key_id) WHERE key_id IS NOT NULL;
CREATE INDEX server_parent_by_parent ON server_parent (parent_server_id);
CREATE INDEX server_parent_by_probe ON server_parent (parent_probe_id);
CREATE INDEX server_parent_by_server ON server_parent (server_id);
CREATE INDEX session_user ON session(user_id);
CREATE INDEX task_run_by_slot ON task_run (slot);
CREATE INDEX task_run_open ON task_run (held_until) WHERE state <> 'ended';
CREATE INDEX telegram_binding_by_user ON telegram_binding (user_id);
CREATE TABLE action (
  id TEXT PRIMARY KEY, batch_id TEXT NOT NULL, server_id TEXT NOT NULL, server_name TEXT NOT NULL, service_id TEXT,
  action TEXT NOT NULL, args TEXT NOT NULL, needs TEXT NOT NULL, core TEXT, core_sealed BLOB,
  actor TEXT NOT NULL, actor_ref TEXT NOT NULL, door TEXT NOT NULL, reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked','sent','ended')),
  ended_by TEXT CHECK (ended_by IN ('server','hub')),
  outcome TEXT CHECK (outcome IN ('succeeded','failed','refused','unknown')),
  detail TEXT NOT NULL, exit INTEGER, output TEXT,
  asked_at INTEGER NOT NULL, not_after INTEGER NOT NULL, sent_at INTEGER, last_sent_at INTEGER, ended_at INTEGER,
  audit_seq INTEGER NOT NULL, audit_hash TEXT NOT NULL, ended_audit_seq INTEGER) STRICT;
CREATE TABLE action_request (
  actor_ref TEXT NOT NULL, idempotency_key TEXT NOT NULL, body_hash TEXT NOT NULL, batch_id TEXT NOT NULL,
  asked_at INTEGER NOT NULL, PRIMARY KEY (actor_ref, idempotency_key)) STRICT, WITHOUT ROWID;
CREATE TABLE agent (
  id TEXT PRIMARY KEY, server_id TEXT NOT NULL UNIQUE REFERENCES server(id) ON DELETE CASCADE, public_key BLOB NOT NULL UNIQUE,
  old_public_key BLOB, old_key_until INTEGER, agent_version TEXT, policy_hash TEXT, policy_summary TEXT,
  last_seq INTEGER NOT NULL, command_seq INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE api_token (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE, name TEXT NOT NULL,
  secret_hash TEXT NOT NULL, scopes TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER) STRICT;
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL, hash TEXT NOT NULL,
  actor TEXT GENERATED ALWAYS AS (json_extract(row, '$.actor')) VIRTUAL,
  action TEXT GENERATED ALWAYS AS (json_extract(row, '$.action')) VIRTUAL,
  target TEXT GENERATED ALWAYS AS (json_extract(row, '$.target')) VIRTUAL) STRICT;
CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, incident_id TEXT REFERENCES incident(id) ON DELETE CASCADE,
  notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, notice TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting','sent','failed')), attempts INTEGER NOT NULL, asked_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL, ended_at INTEGER, detail TEXT NOT NULL) STRICT;
CREATE TABLE incident (
  id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, rule_name TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open','resolved')),
  severity TEXT NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER, reopened INTEGER NOT NULL,
  acknowledged_by TEXT, acknowledged_at INTEGER, snoozed_until INTEGER, evidence TEXT) STRICT;
CREATE TABLE incident_entry (
  id INTEGER PRIMARY KEY, incident_id TEXT NOT NULL REFERENCES incident(id) ON DELETE CASCADE, at INTEGER NOT NULL,
  kind TEXT NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE TABLE incident_member (
  incident_id TEXT NOT NULL REFERENCES incident(id) ON DELETE CASCADE, key TEXT NOT NULL, place INTEGER NOT NULL,
  server_id TEXT, subject TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL, value REAL, since INTEGER NOT NULL,
  cleared_at INTEGER, PRIMARY KEY (incident_id, key)) STRICT, WITHOUT ROWID;
CREATE TABLE join_token (
  id TEXT PRIMARY KEY, name TEXT, tags TEXT NOT NULL, secret_sealed BLOB NOT NULL, uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
  created_at INTEGER NOT NULL, created_by TEXT NOT NULL, expires_at INTEGER NOT NULL, server_id TEXT REFERENCES server(id) ON DELETE CASCADE) STRICT;
CREATE TABLE join_token_use (
  token_id TEXT NOT NULL, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE, at INTEGER NOT NULL,
  PRIMARY KEY (token_id, server_id)) STRICT, WITHOUT ROWID;
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE,
  ledger_id TEXT NOT NULL, seq INTEGER NOT NULL,
  driver TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, entry TEXT NOT NULL,
  UNIQUE (server_id, ledger_id, seq)) STRICT;
CREATE TABLE link_command (
  cmd TEXT PRIMARY KEY, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE, core_hash TEXT NOT NULL,
  started_at INTEGER NOT NULL, action TEXT, seen TEXT, allowed_by TEXT, result TEXT, confirmed INTEGER NOT NULL CHECK (confirmed IN (0,1))) STRICT;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE notifier (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, settings TEXT NOT NULL, secret_sealed BLOB,
  is_enabled INTEGER NOT NULL, is_default INTEGER NOT NULL, severity_least TEXT NOT NULL, delay_ms INTEGER NOT NULL,
  repeat_ms INTEGER NOT NULL, hours TEXT, fallback_id TEXT REFERENCES notifier(id) ON DELETE SET NULL,
  state TEXT NOT NULL, state_since INTEGER NOT NULL, state_detail TEXT NOT NULL, created_at INTEGER NOT NULL, refusals INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE probe (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, settings TEXT NOT NULL, secret_sealed BLOB,
  token_hash TEXT UNIQUE, via_server_id TEXT,
  about_server_id TEXT REFERENCES server(id) ON DELETE SET NULL, tags TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('active','paused')),
  maintenance_until INTEGER, interval_ms INTEGER NOT NULL, timeout_ms INTEGER NOT NULL, rise INTEGER NOT NULL, fall INTEGER NOT NULL,
  created_at INTEGER NOT NULL, standing TEXT NOT NULL, heard TEXT NOT NULL, about_service TEXT) STRICT;
CREATE TABLE rollout (
  id TEXT PRIMARY KEY, plan TEXT NOT NULL, state TEXT NOT NULL, is_over INTEGER NOT NULL, asker TEXT NOT NULL,
  asker_ref TEXT NOT NULL, door TEXT NOT NULL, asked_at INTEGER NOT NULL, approved_by TEXT, approved_at INTEGER,
  started_at INTEGER, ended_at INTEGER, revision INTEGER NOT NULL) STRICT;
CREATE TABLE rollout_target (
  rollout_id TEXT NOT NULL REFERENCES rollout(id) ON DELETE CASCADE, place INTEGER NOT NULL, stage TEXT NOT NULL,
  progress TEXT NOT NULL, PRIMARY KEY (rollout_id, place)) STRICT, WITHOUT ROWID;
CREATE TABLE rule (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL, origin TEXT UNIQUE,
  created_at INTEGER NOT NULL, owner TEXT) STRICT;
CREATE TABLE server (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, link TEXT NOT NULL CHECK (link IN ('agent','ssh','pull','push')),
  state TEXT NOT NULL CHECK (state IN ('active','pending','quarantined','revoked')), tags TEXT NOT NULL, notes TEXT NOT NULL,
  interval_ms INTEGER NOT NULL, created_at INTEGER NOT NULL, last_heard_at INTEGER, dropped_samples INTEGER NOT NULL, facts TEXT) STRICT;
CREATE TABLE server_link (
  server_id TEXT PRIMARY KEY REFERENCES server(id) ON DELETE CASCADE, settings TEXT NOT NULL, secret_sealed BLOB,
  token_hash TEXT, host_key TEXT, shown_host_key TEXT, key_id TEXT REFERENCES ssh_key(id), list_fingerprint TEXT) STRICT;
CREATE TABLE server_parent (
  server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE,
  parent_server_id TEXT REFERENCES server(id) ON DELETE CASCADE,
  parent_probe_id TEXT REFERENCES probe(id) ON DELETE CASCADE,
  CHECK ((parent_server_id IS NULL) <> (parent_probe_id IS NULL))) STRICT;
CREATE TABLE service (
  id TEXT PRIMARY KEY, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE,
  driver TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
  status TEXT NOT NULL, told_at INTEGER NOT NULL, gone_at INTEGER,
  UNIQUE (server_id, driver, name)) STRICT;
CREATE TABLE service_need (
  service_id TEXT NOT NULL REFERENCES service(id) ON DELETE CASCADE,
  needs_id TEXT NOT NULL REFERENCES service(id) ON DELETE CASCADE, author TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (service_id, needs_id)) STRICT, WITHOUT ROWID;
CREATE TABLE session (
  id_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL, proved_at INTEGER NOT NULL) STRICT;
CREATE TABLE silence (
  id TEXT PRIMARY KEY, matcher TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL, begins_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL) STRICT;
CREATE TABLE sqlite_sequence(name,seq);
CREATE TABLE ssh_key (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL, public_key TEXT NOT NULL, fingerprint TEXT NOT NULL UNIQUE,
  private_sealed BLOB NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL) STRICT;
CREATE TABLE status_page (
  id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, page TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE task (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL, owner_ref TEXT NOT NULL, owner TEXT NOT NULL,
  suspended TEXT, accounted_to INTEGER NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) STRICT;
CREATE TABLE task_run (
  id TEXT PRIMARY KEY, task_id TEXT NOT NULL REFERENCES task(id) ON DELETE CASCADE, task_name TEXT NOT NULL,
  slot INTEGER NOT NULL, slot_last INTEGER NOT NULL, slot_count INTEGER NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('schedule','asked')), by TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting','running','ended')), outcome TEXT, detail TEXT NOT NULL,
  attempt INTEGER NOT NULL, not_before INTEGER NOT NULL, until INTEGER, started_at INTEGER, late_ms INTEGER, ended_at INTEGER,
  holder TEXT, held_until INTEGER NOT NULL, epoch INTEGER NOT NULL, UNIQUE (task_id, slot)) STRICT;
CREATE TABLE task_run_batch (
  run_id TEXT NOT NULL REFERENCES task_run(id) ON DELETE CASCADE, attempt INTEGER NOT NULL, batch_id TEXT NOT NULL,
  PRIMARY KEY (run_id, attempt)) STRICT, WITHOUT ROWID;
CREATE TABLE task_run_step (
  run_id TEXT NOT NULL REFERENCES task_run(id) ON DELETE CASCADE, attempt INTEGER NOT NULL, place INTEGER NOT NULL,
  what TEXT NOT NULL, outcome TEXT, detail TEXT NOT NULL, output TEXT NOT NULL, ended_at INTEGER,
  PRIMARY KEY (run_id, attempt, place)) STRICT, WITHOUT ROWID;
CREATE TABLE telegram_binding (
  notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, telegram_id INTEGER NOT NULL,
  user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE, name TEXT NOT NULL, bound_at INTEGER NOT NULL,
  PRIMARY KEY (notifier_id, telegram_id), UNIQUE (notifier_id, user_id)) STRICT, WITHOUT ROWID;
CREATE TABLE telegram_bot (
  notifier_id TEXT PRIMARY KEY REFERENCES notifier(id) ON DELETE CASCADE, account TEXT NOT NULL, next_update INTEGER,
  heard_at INTEGER NOT NULL, webhook_sealed BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE telegram_buttons (
  id TEXT PRIMARY KEY, notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, chat_id INTEGER NOT NULL,
  telegram_id INTEGER NOT NULL, orders TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE telegram_update (
  notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, update_id INTEGER NOT NULL, chat_id INTEGER,
  telegram_id INTEGER, language TEXT NOT NULL, taken_at INTEGER NOT NULL, ended_at INTEGER,
  PRIMARY KEY (notifier_id, update_id)) STRICT, WITHOUT ROWID;
CREATE TABLE telling (
  incident_id TEXT NOT NULL REFERENCES incident(id) ON DELETE CASCADE,
  notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, told TEXT NOT NULL, message_ref TEXT,
  PRIMARY KEY (incident_id, notifier_id)) STRICT, WITHOUT ROWID;
CREATE TABLE uptime (
  thing TEXT NOT NULL, span TEXT NOT NULL CHECK (span IN ('hours', 'days')), from_at INTEGER NOT NULL,
  up INTEGER NOT NULL, degraded INTEGER NOT NULL, down INTEGER NOT NULL,
  PRIMARY KEY (thing, span, from_at)) STRICT, WITHOUT ROWID;
CREATE TABLE user (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('viewer','operator','admin')), enabled INTEGER NOT NULL CHECK (enabled IN (0,1)),
  password_hash TEXT NOT NULL, created_at INTEGER NOT NULL, last_login_at INTEGER) STRICT;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
