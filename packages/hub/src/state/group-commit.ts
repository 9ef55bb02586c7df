import { sql } from "kysely";
import type { Database } from "./database.ts";

/** So many writes at most are one transaction: others wait no longer than that takes. */
const TOGETHER_MAX = 500;

interface Job {
  readonly work: (db: Database) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes of many callers in few transactions: what comes while one goes on is the next one together, because making a
 * transaction durable costs more than most of what is in it. Each write is all or nothing by itself, they follow one another,
 * and one that resolves is durable.
 */
export class GroupCommit {
  readonly #db: Database;
  readonly #onLost: () => void;
  readonly #waiting: Job[] = [];
  #isBusy = false;

  /** @param onLost told before anything else when a transaction could not be made durable: nothing of it was written. */
  constructor(db: Database, onLost: () => void = () => undefined) {
    this.#db = db;
    this.#onLost = onLost;
  }

  /** Rejects with what the work throws, and then nothing of it was written; or with why its transaction could not be durable. */
  run<T>(work: (db: Database) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#isBusy) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    for (;;) {
      const jobs = this.#waiting.splice(0, TOGETHER_MAX);
      if (jobs.length === 0) break;
      const settle: (() => void)[] = [];
      try {
        await this.#db.transaction().execute(async (db) => {
          for (const job of jobs) settle.push(jobs.length === 1 ? await alone(db, job) : await amongOthers(db, job));
        });
      } catch (error) {
        this.#onLost();
        settle.splice(0, settle.length, ...jobs.map((job) => () => job.reject(error)));
      }
      for (const one of settle) one();
    }
    this.#isBusy = false;
  }
}

const alone = async (db: Database, { work, resolve }: Job): Promise<() => void> => {
  const value = await work(db);
  return () => resolve(value);
};

async function amongOthers(db: Database, { work, resolve, reject }: Job): Promise<() => void> {
  await sql`SAVEPOINT one`.execute(db);
  try {
    const value = await work(db);
    await sql`RELEASE one`.execute(db);
    return () => resolve(value);
  } catch (error) {
    try {
      await sql`ROLLBACK TO one`.execute(db);
      await sql`RELEASE one`.execute(db);
    } catch {
      // A full or broken disk ends the whole transaction; that is the reason then.
      throw error;
    }
    return () => reject(error);
  }
}
