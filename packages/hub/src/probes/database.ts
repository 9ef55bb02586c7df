import { LoginPause } from "@muster/core";
import type { Asked, Clock, Health, ProbeVerdict, SqlColumn, SqlRow } from "@muster/core";
import type { ProbeDeps } from "./probe-kind.ts";

/** What is needed to sign in to a database. */
export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Empty: none. */
  readonly database: string;
  readonly tls: boolean;
  readonly ca: string;
}

/** What went wrong with a database, in our words. `login`: it does not let us in; `question`: only what was asked. */
export interface DatabaseProblem {
  readonly about: "server" | "login" | "question";
  readonly health: Exclude<Health, "healthy">;
  readonly why: string;
}

/** Carries a problem through what waits for an answer. */
export class DatabaseTrouble extends Error {
  readonly problem: DatabaseProblem;
  constructor(problem: DatabaseProblem) {
    super(problem.why);
    this.problem = problem;
  }
}

/** Something is wrong with the server itself. */
export const unwell = (why: string): DatabaseTrouble =>
  new DatabaseTrouble({ about: "server", health: "unhealthy", why });

/** An answer with its columns as the database describes them. */
export interface SqlAnswer {
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly SqlRow[];
}

/** A database that has let us in. Nothing that is asked of it may change anything. */
export interface Database {
  /** Rows by the names of their columns. Rejects with DatabaseTrouble when the server is lost. */
  ask(question: string): Promise<Asked>;
  /** Asks what a person wrote, read-only, and takes at most `rowsMax` rows. Rejects with DatabaseTrouble. */
  askReadOnly(question: string, rowsMax: number): Promise<SqlAnswer>;
  /** Ends the connection. */
  close(): void;
}

/** Signs in over the probe's way. Rejects with DatabaseTrouble; the signal ends it and the connection. */
export type OpenDatabase = (
  login: DatabaseLogin,
  deps: Pick<ProbeDeps, "way" | "secret">,
  signal: AbortSignal,
) => Promise<Database>;

/** One statement may take so long. */
export const STATEMENT_MS_MAX = 2_000;

/** What the server is doing while nothing comes, for the sentence when time is up. */
export const SILENT = {
  login: { about: "server", health: "unhealthy", why: "it takes connections, but does not answer the login in time" },
  question: { about: "server", health: "unhealthy", why: "it let us in, but did not answer a question in time" },
} as const satisfies Record<string, DatabaseProblem>;

export const CUT: DatabaseProblem = {
  about: "server",
  health: "unhealthy",
  why: "the connection was cut by the server",
};

/** Signs in for one look, remembering a refused login. */
export class DatabaseLooks {
  readonly #open: (signal: AbortSignal) => Promise<Database>;
  readonly #clock: Clock;
  readonly #pause = new LoginPause();

  constructor(open: (signal: AbortSignal) => Promise<Database>, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  /** Looks while signed in; whatever is wrong with the server is said to the verdict. Answers how long the login took. */
  async look(
    verdict: ProbeVerdict,
    signal: AbortSignal,
    look: (database: Database) => Promise<void>,
  ): Promise<number | null> {
    const startedMs = this.#clock.monotonic();
    const held = this.#pause.sentence(startedMs);
    if (held !== undefined) {
      verdict.unknown(held);
      return null;
    }
    let tookMs: number | null = null;
    try {
      const database = await this.#open(signal);
      try {
        this.#pause.accepted();
        tookMs = this.#clock.monotonic() - startedMs;
        await look(database);
      } finally {
        database.close();
      }
    } catch (error) {
      if (!(error instanceof DatabaseTrouble)) throw error;
      const { about, health, why } = error.problem;
      if (about === "login") this.#pause.refused(this.#clock.monotonic(), why);
      verdict[health](why);
    }
    return tookMs;
  }
}
