import { KeyPrefixes, missingRight, MINUTE_MS, noKeyPatterns, REDIS_REFUSALS, redisRefusal } from "@muster/core";
import type { Clock, ReportTable } from "@muster/core";
import type { RedisConnection } from "./redis-connection.ts";
import { RespError } from "./resp.ts";
import type { RespValue } from "./resp.ts";

const EVERY_MS = 10 * MINUTE_MS;
const BUDGET_MS = 200;
const SCANS_MAX = 400;
const KEYS_A_SCAN = 500;

/** Looks at some of the keys now and then, never at all of a large database. */
export class KeySampler {
  readonly #clock: Clock;
  readonly #user: string;
  #last: { readonly table: ReportTable; readonly atMs: number } | undefined;

  constructor(clock: Clock, user: string) {
    this.#clock = clock;
    this.#user = user;
  }

  /** The table as it was read last, or now where that is long ago. `total`: keys of the database. Rejects with RedisBroken. */
  async table(connection: RedisConnection, total: number | null): Promise<ReportTable> {
    const nowMs = this.#clock.monotonic();
    if (this.#last === undefined || nowMs - this.#last.atMs >= EVERY_MS)
      this.#last = { table: await this.#read(connection, total), atMs: nowMs };
    return this.#last.table;
  }

  async #read(connection: RedisConnection, total: number | null): Promise<ReportTable> {
    const prefixes = new KeyPrefixes();
    const startedMs = this.#clock.monotonic();
    const when = `at ${new Date(this.#clock.now()).toISOString().slice(0, 16).replace("T", " ")} UTC`;
    let cursor = "0";
    for (let scans = 0; scans < SCANS_MAX && this.#clock.monotonic() - startedMs < BUDGET_MS; scans++) {
      const page = scanPage(await connection.ask("SCAN", cursor, "COUNT", String(KEYS_A_SCAN)));
      if ("refusal" in page)
        return noKeyPatterns(
          `Not collected: ${page.refusal === "no-right" ? missingRight("SCAN", this.#user) : REDIS_REFUSALS[page.refusal]}.`,
        );
      for (const key of page.keys) prefixes.add(key.toString("utf8"));
      ({ cursor } = page);
      if (cursor === "0") return prefixes.table(total, true, when);
    }
    return prefixes.table(total, false, when);
  }
}

/** One answer of SCAN: where to go on, "0" at the end, and keys. */
export function scanPage(
  answer: RespValue,
):
  | { readonly cursor: string; readonly keys: readonly Buffer[] }
  | { readonly refusal: ReturnType<typeof redisRefusal> } {
  if (answer instanceof RespError) return { refusal: redisRefusal(answer.line) };
  const [cursor, keys] = Array.isArray(answer) ? (answer as readonly RespValue[]) : [];
  if (!Buffer.isBuffer(cursor) || !Array.isArray(keys)) return { refusal: "other" };
  return {
    cursor: cursor.toString("latin1"),
    keys: (keys as readonly RespValue[]).filter((key): key is Buffer => Buffer.isBuffer(key)),
  };
}
