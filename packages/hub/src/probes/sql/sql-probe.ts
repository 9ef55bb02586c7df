import { ProbeVerdict, selectProblem, sqlSeries, SQL_ROWS_MAX } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import { DatabaseLooks } from "../database.ts";
import type { SqlAnswer } from "../database.ts";
import { openMariadb } from "../mariadb-login.ts";
import { openPostgres } from "../postgres-login.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

type Settings = ProbeSettingsOf<"sql">;

/** Asks one question and takes the numbers of the answer. */
export function createSqlProbe(settings: Settings, deps: ProbeDeps): Probe {
  const { engine, query } = settings;
  const open = engine === "mariadb" ? openMariadb : openPostgres;
  const looks = new DatabaseLooks((signal) => open(settings, deps, signal), deps.clock);
  // PostgreSQL itself lets nothing but a question through where it is asked here.
  const problem = engine === "mariadb" ? selectProblem(query) : undefined;
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      if (problem !== undefined) {
        verdict.unhealthy(`the query ${problem}`);
        return verdict.result(null, "");
      }
      const startedMs = deps.clock.monotonic();
      let answeredMs: number | null = null;
      let rowCount = 0;
      await looks.look(verdict, signal, async (database) => {
        const answer = await database.askReadOnly(query, SQL_ROWS_MAX + 1);
        answeredMs = deps.clock.monotonic() - startedMs;
        rowCount = answer.rows.length;
        tell(verdict, answer, settings);
      });
      return verdict.result(answeredMs, `${rowCount} ${rowCount === 1 ? "row" : "rows"}`);
    },
  };
}

function tell(verdict: ProbeVerdict, { columns, rows: all }: SqlAnswer, settings: Settings): void {
  const rows = all.slice(0, SQL_ROWS_MAX);
  const { samples, problems } = sqlSeries(columns, rows);
  if (all.length > SQL_ROWS_MAX)
    problemsWith(verdict, [`the query answers more than ${SQL_ROWS_MAX} rows; only so many are looked at`]);
  problemsWith(verdict, problems);
  for (const { metric, value, labels } of samples) verdict.sample(metric, value, labels);
  judgeColumn(verdict, { columns, rows }, settings);
  verdict.table({
    key: "answer",
    columns: columns.map(({ name }) => ({ key: name.slice(0, 64) })),
    rows: rows.map((row) => row.map((value, index) => shown(value, columns[index]?.is))),
    ...(all.length > SQL_ROWS_MAX && { note: `The first ${SQL_ROWS_MAX} rows.` }),
  });
}

const problemsWith = (verdict: ProbeVerdict, problems: readonly string[]): void =>
  problems.forEach((problem) => verdict.degraded(problem));

/** A number whose digits would not all fit stays as it was written. */
const shown = (value: string | null, is: SqlAnswer["columns"][number]["is"] | undefined): string | number | null =>
  value === null || is !== "number" || value.length > 15 || !Number.isFinite(Number(value)) ? value : Number(value);

function judgeColumn(verdict: ProbeVerdict, { columns, rows }: SqlAnswer, settings: Settings): void {
  const { column, columnMustBe, least, most } = settings;
  if (column === "") return;
  const index = columns.findIndex(({ name }) => name === column);
  if (index === -1) return verdict.unhealthy("the answer has not the column that is judged");
  if (rows.length === 0) return verdict.unhealthy("the answer has no row to be judged");
  for (const row of rows) {
    const value = row[index];
    const number = value === null || value === undefined || value === "" ? Number.NaN : Number(value);
    const isLow = columnMustBe !== "at-most" && !(number >= least);
    const isHigh = columnMustBe !== "at-least" && !(number <= most);
    if (!isLow && !isHigh) continue;
    const expected =
      columnMustBe === "between"
        ? `${least} to ${most}`
        : columnMustBe === "at-least"
          ? `at least ${least}`
          : `at most ${most}`;
    return verdict.unhealthy(`${column} is ${Number.isNaN(number) ? "no number" : number} instead of ${expected}`);
  }
}
