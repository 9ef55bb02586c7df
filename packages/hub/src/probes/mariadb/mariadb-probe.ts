import { judgeMariadb, namedValues } from "@muster/core";
import type { Asked, MariadbFound, ProbeSettingsOf } from "@muster/core";
import type { Database } from "../database.ts";
import { createDatabaseProbe } from "../database-probe.ts";
import { openMariadb } from "../mariadb-login.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import * as questions from "./mariadb-questions.ts";

/** Asks a server how it is, by its own statistics. */
export const createMariadbProbe = (settings: ProbeSettingsOf<"mariadb">, deps: ProbeDeps): Probe =>
  createDatabaseProbe(openMariadb, settings, deps, {
    look,
    judge: (verdict, found, before, atMs) => judgeMariadb(verdict, found, settings, before, atMs),
  });

async function look(database: Database): Promise<MariadbFound> {
  const named = async (question: string): Promise<ReadonlyMap<string, string | null>> => {
    const asked = await database.ask(question);
    return namedValues(asked.is === "rows" ? asked.rows : []);
  };
  const variables = await named(questions.VARIABLES);
  return {
    variables,
    status: await named(questions.STATUS),
    sizes: await database.ask(questions.SIZES),
    tables: await database.ask(questions.TABLES),
    replication: await replication(database),
    digests: variables.get("performance_schema") === "ON" ? await database.ask(questions.DIGESTS) : undefined,
  };
}

/** In the words that this server knows: those with replicas are newer, and only MariaDB tells all sources by them. */
async function replication(database: Database): Promise<Asked> {
  let asked: Asked = { is: "missing", why: "absent" };
  for (const question of questions.REPLICATION) {
    asked = await database.ask(question);
    if (asked.is === "rows" || asked.why !== "absent") break;
  }
  return asked;
}
