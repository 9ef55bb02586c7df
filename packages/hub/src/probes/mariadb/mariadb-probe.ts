import { judgeMariadb, namedValues, ProbeVerdict } from "@muster/core";
import type { Asked, CounterReading, MariadbFound, ProbeSettingsOf } from "@muster/core";
import { DatabaseLooks } from "../database.ts";
import type { Database } from "../database.ts";
import { openMariadb } from "../mariadb-login.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import * as questions from "./mariadb-questions.ts";

/** Signs in anew for each look, and remembers only totals. */
export function createMariadbProbe(settings: ProbeSettingsOf<"mariadb">, deps: ProbeDeps): Probe {
  const { clock } = deps;
  const looks = new DatabaseLooks((signal) => openMariadb(settings, deps, signal), clock);
  let before: CounterReading | undefined;
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const tookMs = await looks.look(verdict, signal, async (database) => {
        const found = await look(database);
        before = judgeMariadb(verdict, found, settings, before, clock.monotonic());
      });
      return verdict.result(tookMs, tookMs === null ? "" : `signed in within ${Math.round(tookMs)} ms`);
    },
  };
}

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
