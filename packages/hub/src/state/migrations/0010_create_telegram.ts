import { sql } from "kysely";
import type { Kysely } from "kysely";

/** Frozen once released. */
export async function up(db: Kysely<never>): Promise<void> {
  const run = (statement: string): Promise<unknown> => sql.raw(statement).execute(db);
  await run(`CREATE TABLE telegram_bot (
    notifier_id TEXT PRIMARY KEY REFERENCES notifier(id) ON DELETE CASCADE, account TEXT NOT NULL, next_update INTEGER,
    heard_at INTEGER NOT NULL, webhook_sealed BLOB) STRICT, WITHOUT ROWID`);
  await run(`CREATE TABLE telegram_binding (
    notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, telegram_id INTEGER NOT NULL,
    user_id TEXT NOT NULL REFERENCES user(id) ON DELETE CASCADE, name TEXT NOT NULL, bound_at INTEGER NOT NULL,
    PRIMARY KEY (notifier_id, telegram_id), UNIQUE (notifier_id, user_id)) STRICT, WITHOUT ROWID`);
  await run(`CREATE INDEX telegram_binding_by_user ON telegram_binding (user_id)`);
  await run(`CREATE TABLE telegram_update (
    notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, update_id INTEGER NOT NULL, chat_id INTEGER,
    telegram_id INTEGER, language TEXT NOT NULL, taken_at INTEGER NOT NULL, ended_at INTEGER,
    PRIMARY KEY (notifier_id, update_id)) STRICT, WITHOUT ROWID`);
  await run(`CREATE TABLE telegram_buttons (
    id TEXT PRIMARY KEY, notifier_id TEXT NOT NULL REFERENCES notifier(id) ON DELETE CASCADE, chat_id INTEGER NOT NULL,
    telegram_id INTEGER NOT NULL, orders TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER) STRICT, WITHOUT ROWID`);
}
