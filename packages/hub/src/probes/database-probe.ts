import { ProbeVerdict } from "@muster/core";
import type { CounterReading } from "@muster/core";
import { DatabaseLooks } from "./database.ts";
import type { Database, DatabaseLogin, OpenDatabase } from "./database.ts";
import type { Probe, ProbeDeps } from "./probe-kind.ts";

/** Signs in anew for each look, and remembers only totals. `judge` answers those for the look after it. */
export function createDatabaseProbe<Found>(
  open: OpenDatabase,
  login: DatabaseLogin,
  deps: ProbeDeps,
  {
    look,
    judge,
  }: {
    readonly look: (database: Database) => Promise<Found>;
    readonly judge: (
      verdict: ProbeVerdict,
      found: Found,
      before: CounterReading | undefined,
      atMs: number,
    ) => CounterReading;
  },
): Probe {
  const { clock } = deps;
  const looks = new DatabaseLooks((signal) => open(login, deps, signal), clock);
  let before: CounterReading | undefined;
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const tookMs = await looks.look(verdict, signal, async (database) => {
        const found = await look(database);
        before = judge(verdict, found, before, clock.monotonic());
      });
      return verdict.result(tookMs, tookMs === null ? "" : `signed in within ${Math.round(tookMs)} ms`);
    },
  };
}
