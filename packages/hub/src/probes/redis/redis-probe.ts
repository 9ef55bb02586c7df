import {
  deadline,
  LoginPause,
  judgeRedis,
  meansEveryKey,
  missingRight,
  MusterError,
  noKeyPatterns,
  parseRedisInfo,
  parseSlowLog,
  ProbeVerdict,
  REDIS_REFUSALS,
  redisRefusal,
  redisWindow,
  SECOND_MS,
  SLOW_COMMANDS_MAX,
  slowLogTable,
} from "@muster/core";
import type { ProbeSettingsOf, RedisInfo, RedisReading, ReportTable } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { clearKeys } from "./clear-keys.ts";
import { brokenWords, openRedis } from "./open-redis.ts";
import { RedisBroken } from "./redis-connection.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { plainValue, RespError } from "./resp.ts";
import type { RespValue } from "./resp.ts";
import { KeySampler } from "./sample-keys.ts";

/** Of an act: logging in, which a server may leave unanswered, and then clearing, which ends by itself before. */
const ACT_MS_MAX = 60 * SECOND_MS;

/** Asks a Redis how it is, over a connection of its own each time. */
export function createRedisProbe(settings: ProbeSettingsOf<"redis">, deps: ProbeDeps): Probe {
  const { clock } = deps;
  const { user, tls, database, keyPatterns } = settings;
  const pause = new LoginPause();
  const sampler = new KeySampler(clock, user);
  let before: RedisReading | undefined;

  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const opened = await openRedis(settings, deps, pause, signal);
      if (!opened.ok) {
        if (opened.isLockedOut === true) verdict.unknown(opened.why);
        else verdict.unhealthy(opened.why);
        return verdict.result(null, "");
      }
      const { connection, remark } = opened;
      if (remark !== undefined) verdict.degraded(remark);
      let latencyMs: number | null = null;
      let seen = "";
      try {
        const askedMs = clock.monotonic();
        const pong = await connection.ask("PING");
        latencyMs = clock.monotonic() - askedMs;
        if (judgePong(verdict, pong)) seen = await look(verdict, connection, latencyMs);
      } catch (error) {
        if (!(error instanceof RedisBroken)) throw error;
        verdict.unhealthy(brokenWords(error, connection, tls));
      } finally {
        connection.close();
      }
      return verdict.result(latencyMs, seen);
    },

    async act(act, { pattern, everything }, signal) {
      if (act !== "clear" || typeof pattern !== "string") throw new MusterError("NOT_FOUND");
      if (meansEveryKey(pattern) && everything !== true)
        return {
          outcome: "refused",
          detail: `the pattern ${pattern} means every key; nothing was removed. Where that is meant, say everything too`,
        };
      const limit = deadline(clock, ACT_MS_MAX, signal);
      try {
        const opened = await openRedis(settings, deps, pause, limit.signal);
        if (!opened.ok) return { outcome: "refused", detail: `nothing was removed: ${opened.why}` };
        try {
          return await clearKeys({ connection: opened.connection, clock, user, signal }, pattern);
        } finally {
          opened.connection.close();
        }
      } finally {
        limit.done();
      }
    },
  };

  /** In a few words what there was. Rejects with RedisBroken. */
  async function look(verdict: ProbeVerdict, connection: RedisConnection, latencyMs: number): Promise<string> {
    const [told, slow] = await Promise.all([
      connection.ask("INFO"),
      connection.ask("SLOWLOG", "GET", String(SLOW_COMMANDS_MAX)),
    ]);
    const text = plainValue(told);
    if (typeof text !== "string") {
      const refusal = told instanceof RespError ? redisRefusal(told.line) : "other";
      // A server that is held up answers nothing else, and has been judged by its answer to PING.
      if (refusal === "no-right") verdict.unknown(missingRight("INFO", user));
      else if (refusal === "needs-password") verdict.unknown(REDIS_REFUSALS[refusal]);
      else if (verdict.health === "healthy") verdict.unhealthy(REDIS_REFUSALS[refusal]);
      return "";
    }
    const now = { info: parseRedisInfo(text), atMs: clock.monotonic() };
    if (now.info.version === "") {
      verdict.unhealthy("what answers does not say that it is Redis");
      return "";
    }
    judgeRedis(verdict, { info: now.info, window: redisWindow(before, now), latencyMs }, settings);
    before = now;
    verdict.table(slowCommands(slow, user));
    verdict.table(await keyTable(connection, now.info));
    return `${now.info.version}, ${latencyMs.toFixed(1)} ms`;
  }

  async function keyTable(connection: RedisConnection, info: RedisInfo): Promise<ReportTable> {
    if (!keyPatterns) return noKeyPatterns("Not collected: turn on keyPatterns in the settings of this probe.");
    if (info.isLoading === true) return noKeyPatterns(`Not collected: ${REDIS_REFUSALS.loading}.`);
    const total = info.databases.find((one) => one.database === database)?.keys ?? null;
    return sampler.table(connection, total);
  }
}

/** Whether it is worth asking on. Whoever may not PING is answered as quickly. */
function judgePong(verdict: ProbeVerdict, pong: RespValue): boolean {
  if (!(pong instanceof RespError)) {
    const isPong = plainValue(pong) === "PONG";
    if (!isPong) verdict.unhealthy("what answers does not speak as Redis does");
    return isPong;
  }
  const refusal = redisRefusal(pong.line);
  if (refusal === "no-right") return true;
  // INFO says it too, and how far it is.
  if (refusal === "loading") return true;
  if (refusal === "needs-password") verdict.unknown(REDIS_REFUSALS[refusal]);
  else verdict.unhealthy(REDIS_REFUSALS[refusal]);
  return refusal === "master-down" || refusal === "cannot-save" || refusal === "busy";
}

function slowCommands(answer: RespValue, user: string): ReportTable {
  if (!(answer instanceof RespError)) return slowLogTable(parseSlowLog(plainValue(answer)), undefined);
  const refusal = redisRefusal(answer.line);
  const why = refusal === "no-right" ? missingRight("SLOWLOG GET", user) : REDIS_REFUSALS[refusal];
  return slowLogTable([], `Not collected: ${why}.`);
}
