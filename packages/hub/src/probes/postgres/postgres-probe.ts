import { judgePostgres } from "@muster/core";
import type { Asked, PostgresFound, ProbeSettingsOf } from "@muster/core";
import type { Database } from "../database.ts";
import { createDatabaseProbe } from "../database-probe.ts";
import { openPostgres } from "../postgres-login.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import * as questions from "./postgres-questions.ts";

/** Asks a server how it is, by its own statistics. */
export const createPostgresProbe = (settings: ProbeSettingsOf<"postgres">, deps: ProbeDeps): Probe =>
  createDatabaseProbe(openPostgres, settings, deps, {
    look,
    judge: (verdict, found, before, atMs) => judgePostgres(verdict, found, settings, before, atMs),
  });

async function look(database: Database): Promise<PostgresFound> {
  const server = await database.ask(questions.SERVER);
  const [row = {}] = server.is === "rows" ? server.rows : [];
  return {
    server: row,
    database: await database.ask(questions.DATABASE),
    connections: await database.ask(questions.CONNECTIONS),
    replicas: await database.ask(questions.REPLICAS),
    replay: row["is_replica"] === "t" ? await database.ask(questions.REPLAY) : undefined,
    statements: await statements(database),
    tables: await database.ask(questions.TABLES),
  };
}

/** By the columns that this server's version of the extension has. */
async function statements(database: Database): Promise<Asked> {
  const columns = await database.ask(questions.STATEMENT_COLUMNS);
  if (columns.is === "missing") return columns;
  const question = questions.statementsBy(columns.rows);
  return question === undefined ? { is: "missing", why: "absent" } : database.ask(question);
}
