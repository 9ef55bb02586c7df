import type { ProbeVerdict } from "../probe-verdict.ts";
import type { RedisInfo } from "./info.ts";

/** Limits of the settings; 0 turns one off. */
export interface RedisLimits {
  readonly latencyMs: number;
  readonly memoryRatio: number;
  readonly clientsRatio: number;
  readonly hitRatioMin: number;
}

/** A reading and when it was taken, on a monotonic clock. */
export interface RedisReading {
  readonly info: RedisInfo;
  readonly atMs: number;
}

/** What happened between two readings of the same run of a server; null where it is not known. */
export interface RedisWindow {
  readonly lookups: number | null;
  readonly hitRatio: number | null;
  readonly evicted: number | null;
  readonly rejected: number | null;
  readonly cpuRatio: number | null;
}

const UNKNOWN_WINDOW: RedisWindow = { lookups: null, hitRatio: null, evicted: null, rejected: null, cpuRatio: null };

/** A server that was started anew, or whose counters were set back, has no window. */
export function redisWindow(before: RedisReading | undefined, now: RedisReading): RedisWindow {
  if (before === undefined || now.info.runId === null || before.info.runId !== now.info.runId) return UNKNOWN_WINDOW;
  const growth = (name: "hits" | "misses" | "evicted" | "rejected" | "cpuSeconds"): number | null => {
    const [earlier, later] = [before.info[name], now.info[name]];
    return earlier === null || later === null || later < earlier ? null : later - earlier;
  };
  const [hits, misses, cpuSeconds] = [growth("hits"), growth("misses"), growth("cpuSeconds")];
  const seconds = (now.atMs - before.atMs) / 1_000;
  const lookups = hits === null || misses === null ? null : hits + misses;
  return {
    lookups,
    hitRatio: hits === null || lookups === null || lookups === 0 ? null : hits / lookups,
    evicted: growth("evicted"),
    rejected: growth("rejected"),
    cpuRatio: cpuSeconds === null || seconds <= 0 ? null : cpuSeconds / seconds,
  };
}

/** Below it the allocator's own share makes the number mean nothing. */
const FRAGMENTATION_FROM_BYTES = 64 * 1024 * 1024;
/** Fewer lookups say nothing of a cache. */
const LOOKUPS_MIN = 100;

/** Writes down what was seen and says what is wrong with it. */
export function judgeRedis(
  verdict: ProbeVerdict,
  { info, window, latencyMs }: { readonly info: RedisInfo; readonly window: RedisWindow; readonly latencyMs: number },
  limits: RedisLimits,
): void {
  put(verdict, info, window, latencyMs);
  verdict.judgeTime(latencyMs, limits.latencyMs);
  if (info.isLoading === true)
    verdict.degraded(
      info.loadedRatio === null
        ? "it is loading its data"
        : `it is loading its data, ${percent(info.loadedRatio)} are there`,
    );
  judgeMemory(verdict, info, limits.memoryRatio);
  judgeClients(verdict, info, window, limits.clientsRatio);
  if (limits.hitRatioMin > 0 && window.hitRatio !== null && (window.lookups ?? 0) >= LOOKUPS_MIN)
    if (window.hitRatio < limits.hitRatioMin)
      verdict.degraded(
        `${percent(window.hitRatio)} of ${window.lookups} lookups found their key instead of at least ${percent(limits.hitRatioMin)}`,
      );
  judgePersistence(verdict, info);
  if (info.role === "slave" && info.masterLink !== null && info.masterLink !== "up")
    verdict.degraded(
      `the link to its master is down${info.masterDownSeconds === null ? "" : ` for ${info.masterDownSeconds} s`}: what it serves is old`,
    );
}

const isKnown = (value: number | null): value is number => value !== null;

function judgeMemory(verdict: ProbeVerdict, { usedBytes, maxBytes, policy }: RedisInfo, limit: number): void {
  if (usedBytes === null || maxBytes === null || maxBytes === 0) return;
  // A cache that may drop any key is meant to be full.
  if (limit === 0 || policy?.startsWith("allkeys-") === true) return;
  const ratio = usedBytes / maxBytes;
  if (ratio >= 1 && policy === "noeviction")
    verdict.unhealthy("its memory is full and it takes no writes (noeviction)");
  else if (ratio > limit)
    verdict.degraded(`${percent(ratio)} of its memory are used instead of at most ${percent(limit)}`);
}

function judgeClients(verdict: ProbeVerdict, info: RedisInfo, window: RedisWindow, limit: number): void {
  const { clients, clientsMax } = info;
  if (window.rejected !== null && window.rejected > 0)
    verdict.degraded(
      `it turned away ${window.rejected} connections since the last look (maxclients ${clientsMax ?? "?"})`,
    );
  else if (limit > 0 && clients !== null && clientsMax !== null && clientsMax > 0 && clients / clientsMax > limit)
    verdict.degraded(`${clients} of ${clientsMax} clients are connected instead of at most ${percent(limit)}`);
}

function judgePersistence(verdict: ProbeVerdict, info: RedisInfo): void {
  if (info.lastSave !== null && info.lastSave !== "ok") verdict.degraded("its last save to disk failed");
  if (info.hasAppendOnly !== true) return;
  if (info.appendOnlyWrite !== null && info.appendOnlyWrite !== "ok")
    verdict.degraded("its last write to the append-only file failed");
  else if (info.appendOnlyRewrite !== null && info.appendOnlyRewrite !== "ok")
    verdict.degraded("its last rewrite of the append-only file failed");
}

function put(verdict: ProbeVerdict, info: RedisInfo, window: RedisWindow, latencyMs: number): void {
  const fragmentation =
    info.usedBytes !== null && info.usedBytes >= FRAGMENTATION_FROM_BYTES ? info.fragmentation : null;
  const keys = info.databases.map((database) => database.keys).filter(isKnown);
  const lag =
    info.role === "slave"
      ? info.masterSilentSeconds
      : info.replicas.map(({ lagSeconds }) => lagSeconds).reduce(greater, null);

  verdict.fact("latency", latencyMs, "milliseconds");
  verdict.fact("version", info.version || null);
  verdict.fact("uptime", info.uptimeSeconds, "seconds");
  verdict.fact(
    "keys",
    keys.reduce((sum, one) => sum + one, 0),
    "count",
  );
  verdict.fact("memoryUsed", info.usedBytes, "bytes");
  if (info.maxBytes === 0) verdict.fact("memoryMax", "none");
  else verdict.fact("memoryMax", info.maxBytes, "bytes");
  verdict.fact("memoryPolicy", info.policy);
  verdict.fact("memoryRss", info.rssBytes, "bytes");
  verdict.fact("fragmentation", fragmentation, "ratio");
  verdict.fact("hitRatio", window.hitRatio, "ratio");
  verdict.fact("commandsPerSecond", info.commandsPerSecond, "per_second");
  verdict.fact("cpu", window.cpuRatio, "ratio");
  verdict.fact("clients", info.clients, "count");
  verdict.fact("clientsMax", info.clientsMax, "count");
  verdict.fact("clientsBlocked", info.blocked, "count");
  verdict.fact("evictedSinceLastLook", window.evicted, "count");
  verdict.fact("evictedKeys", info.evicted, "count");
  verdict.fact("expiredKeys", info.expired, "count");
  verdict.fact("rejectedConnections", info.rejected, "count");
  verdict.fact("loading", info.isLoading);
  verdict.fact("lastSave", info.lastSave);
  verdict.fact("lastSaveAt", info.lastSaveAt === null ? null : info.lastSaveAt * 1_000, "instant");
  verdict.fact("unsavedChanges", info.unsavedChanges, "count");
  verdict.fact("appendOnly", info.hasAppendOnly);
  if (info.hasAppendOnly === true) verdict.fact("appendOnlyWrite", info.appendOnlyWrite);
  verdict.fact("role", info.role === "slave" ? "replica" : info.role);
  if (info.role === "slave") verdict.fact("masterLink", info.masterLink);
  verdict.fact("replicas", info.replicaCount, "count");
  if (info.role === "slave" || info.replicas.length > 0) verdict.fact("replicationLag", lag, "seconds");

  verdict.sample("redis_uptime_seconds", info.uptimeSeconds);
  verdict.sample("redis_memory_used_bytes", info.usedBytes);
  verdict.sample("redis_memory_max_bytes", info.maxBytes === 0 ? null : info.maxBytes);
  verdict.sample("redis_memory_rss_bytes", info.rssBytes);
  verdict.sample("redis_memory_fragmentation_ratio", fragmentation);
  verdict.sample("redis_hit_ratio", window.hitRatio);
  verdict.sample("redis_clients", info.clients);
  verdict.sample("redis_clients_blocked", info.blocked);
  verdict.sample("redis_replication_lag_seconds", lag);
  verdict.sample("redis_commands_total", info.commands);
  verdict.sample("redis_evicted_keys_total", info.evicted);
  verdict.sample("redis_expired_keys_total", info.expired);
  verdict.sample("redis_rejected_connections_total", info.rejected);
  verdict.sample("redis_cpu_seconds_total", info.cpuSeconds);
  for (const { database, keys: count } of info.databases)
    verdict.sample("redis_keys", count, { database: String(database) });

  verdict.table({
    key: "databases",
    columns: [
      { key: "database" },
      { key: "keys", unit: "count" },
      { key: "expiring", unit: "count" },
      { key: "averageLeft", unit: "milliseconds" },
    ],
    rows: info.databases.map(({ database, keys: count, expiring, averageLeftMs }) => [
      String(database),
      count,
      expiring,
      averageLeftMs,
    ]),
    ...(info.databases.length === 0 && { note: "No database holds a key." }),
  });
  if (info.replicas.length > 0)
    verdict.table({
      key: "replicas",
      columns: [
        { key: "address" },
        { key: "state" },
        { key: "lag", unit: "seconds" },
        { key: "behind", unit: "bytes" },
      ],
      rows: info.replicas.map(({ address, state, lagSeconds, behindBytes }) => [
        address,
        state,
        lagSeconds,
        behindBytes,
      ]),
    });
}

const greater = (one: number | null, other: number | null): number | null =>
  one === null || (other !== null && other > one) ? other : one;
const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
