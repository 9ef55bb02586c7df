import { deadline, missingRight, REDIS_REFUSALS, redisRefusal, SECOND_MS } from "@muster/core";
import type { Clock, RedisRefusal } from "@muster/core";
import type { ProbeActed } from "../probe-kind.ts";
import { RedisBroken } from "./redis-connection.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { RespError } from "./resp.ts";
import { scanPage } from "./sample-keys.ts";

/** Short enough for whoever waits for the answer. */
const DURATION_MS_MAX = 45 * SECOND_MS;
const KEYS_MAX = 1_000_000;
const KEYS_A_SCAN = 1_000;

/**
 * Removes the keys that match, a page at a time, and counts those that the server says it removed. Ends when all are
 * gone, when it took too long, when there were too many, or when the signal aborts, and says how far it came.
 */
export async function clearKeys(
  {
    connection,
    clock,
    user,
    signal,
  }: {
    readonly connection: RedisConnection;
    readonly clock: Clock;
    readonly user: string;
    readonly signal: AbortSignal;
  },
  pattern: string,
): Promise<ProbeActed> {
  const startedMs = clock.monotonic();
  // One that falls silent is not waited for longer.
  const limit = deadline(clock, DURATION_MS_MAX);
  const giveUp = (): void => connection.close();
  limit.signal.addEventListener("abort", giveUp, { once: true });
  let [found, removed, cursor] = [0, 0, "0"];
  let isRemoving = false;
  const acted = (outcome: ProbeActed["outcome"], detail: string): ProbeActed => ({
    ...{ outcome, detail },
    report: {
      facts: [
        { key: "keysFound", value: found, unit: "count" },
        { key: "keysRemoved", value: removed, unit: "count" },
        { key: "duration", value: clock.monotonic() - startedMs, unit: "milliseconds" },
      ],
      tables: [],
    },
  });
  const soFar = (): string => `removed ${counted(removed)} of ${counted(found)} found so far`;
  const refused = (command: "SCAN" | "UNLINK", refusal: RedisRefusal): ProbeActed => {
    const why = refusal === "no-right" ? rightsWords(command, user) : REDIS_REFUSALS[refusal];
    return removed === 0
      ? acted("refused", `nothing was removed: ${why}`)
      : acted("failed", `${soFar()}; then: ${why}`);
  };
  try {
    do {
      if (signal.aborted) return acted("failed", `stopped: ${soFar()}`);
      if (clock.monotonic() - startedMs >= DURATION_MS_MAX)
        return acted("failed", `stopped after ${DURATION_MS_MAX / SECOND_MS} s: ${soFar()}; ask again to go on`);
      if (found >= KEYS_MAX)
        return acted("failed", `stopped at ${counted(KEYS_MAX)} keys: ${soFar()}; ask again to go on`);
      const page = scanPage(await connection.ask("SCAN", cursor, "MATCH", pattern, "COUNT", String(KEYS_A_SCAN)));
      if ("refusal" in page) return refused("SCAN", page.refusal);
      ({ cursor } = page);
      // SCAN may tell a key twice.
      const keys = [...new Map(page.keys.map((key) => [key.toString("latin1"), key])).values()];
      if (keys.length === 0) continue;
      found += keys.length;
      isRemoving = true;
      const answer = await connection.ask("UNLINK", ...keys);
      isRemoving = false;
      if (answer instanceof RespError) return refused("UNLINK", redisRefusal(answer.line));
      if (typeof answer !== "number" || answer < 0 || answer > keys.length)
        return acted("unknown", `${soFar()}; what it then answered cannot be understood`);
      removed += answer;
    } while (cursor !== "0");
    if (found === 0) return acted("succeeded", "no key matches the pattern; removed 0 of 0 found");
    const gone = removed < found ? "; the others were gone already" : "";
    return acted("succeeded", `removed ${counted(removed)} of ${counted(found)} found${gone}`);
  } catch (error) {
    if (!(error instanceof RedisBroken)) throw error;
    const why = signal.aborted ? "stopped" : "the connection ended";
    // Whether the last keys are gone is not known.
    return acted(isRemoving ? "unknown" : "failed", `${why}: ${isRemoving ? "at least " : ""}${soFar()}`);
  } finally {
    limit.signal.removeEventListener("abort", giveUp);
    limit.done();
  }
}

const rightsWords = (command: "SCAN" | "UNLINK", user: string): string =>
  command === "SCAN"
    ? missingRight("SCAN", user)
    : `${missingRight("UNLINK", user)}, and give it the keys that it may remove, such as ~cache:*`;

const counted = (count: number): string => count.toLocaleString("en-US");
