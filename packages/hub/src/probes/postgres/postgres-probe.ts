import { judgePostgres, ProbeVerdict } from "@muster/core";
import type { Asked, CounterReading, PostgresFound, ProbeSettingsOf } from "@muster/core";
import { DatabaseLooks } from "../database.ts";
import type { Database } from "../database.ts";
import { openPostgres } from "../postgres-login.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import * as questions from "./postgres-questions.ts";

/** Signs in anew for each look, and remembers only totals. */
export function createPostgresProbe(settings: ProbeSettingsOf<"postgres">, deps: ProbeDeps): Probe {
  const { clock } = deps;
  const looks = new DatabaseLooks((signal) => openPostgres(settings, deps, signal), clock);
  let before: CounterReading | undefined;
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const tookMs = await looks.look(verdict, signal, async (database) => {
        const found = await look(database);
        before = judgePostgres(verdict, found, settings, before, clock.monotonic());
      });
      return verdict.result(tookMs, tookMs === null ? "" : `signed in within ${Math.round(tookMs)} ms`);
    },
  };
}

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
