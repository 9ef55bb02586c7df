-- application_id 1299412082, user_version 1
CREATE INDEX session_user ON session(user_id);
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
CREATE TABLE join_token (
  id TEXT PRIMARY KEY, name TEXT, tags TEXT NOT NULL, secret_sealed BLOB NOT NULL, uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
  created_at INTEGER NOT NULL, created_by TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE join_token_use (
  token_id TEXT NOT NULL, server_id TEXT NOT NULL REFERENCES server(id) ON DELETE CASCADE, at INTEGER NOT NULL,
  PRIMARY KEY (token_id, server_id)) STRICT, WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE server (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, link TEXT NOT NULL CHECK (link IN ('agent','ssh','pull','push')),
  state TEXT NOT NULL CHECK (state IN ('active','pending','quarantined','revoked')), tags TEXT NOT NULL, notes TEXT NOT NULL,
  interval_ms INTEGER NOT NULL, created_at INTEGER NOT NULL, last_heard_at INTEGER, dropped_samples INTEGER NOT NULL, facts TEXT) STRICT;
CREATE TABLE session (
  id_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL, proved_at INTEGER NOT NULL) STRICT;
CREATE TABLE sqlite_sequence(name,seq);
CREATE TABLE user (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('viewer','operator','admin')), enabled INTEGER NOT NULL CHECK (enabled IN (0,1)),
  password_hash TEXT NOT NULL, created_at INTEGER NOT NULL, last_login_at INTEGER) STRICT;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END;
