/** One database of a server. */
export interface RedisDatabase {
  readonly database: number;
  readonly keys: number | null;
  /** Keys that will end by themselves. */
  readonly expiring: number | null;
  readonly averageLeftMs: number | null;
}

/** A replica, as its master tells of it. */
export interface RedisReplica {
  readonly address: string;
  readonly state: string;
  readonly lagSeconds: number | null;
  readonly behindBytes: number | null;
}

/** What `INFO` told; null where it did not. Ratios are 0 to 1, times of day epoch seconds. */
export interface RedisInfo {
  /** Such as "Redis 7.0.15". */
  readonly version: string;
  /** Another one means that the server was started anew. */
  readonly runId: string | null;
  readonly uptimeSeconds: number | null;
  readonly usedBytes: number | null;
  readonly rssBytes: number | null;
  /** 0: no limit. */
  readonly maxBytes: number | null;
  readonly policy: string | null;
  readonly fragmentation: number | null;
  readonly clients: number | null;
  readonly clientsMax: number | null;
  readonly blocked: number | null;
  readonly commands: number | null;
  readonly commandsPerSecond: number | null;
  readonly hits: number | null;
  readonly misses: number | null;
  readonly evicted: number | null;
  readonly expired: number | null;
  readonly rejected: number | null;
  readonly cpuSeconds: number | null;
  readonly isLoading: boolean | null;
  readonly loadedRatio: number | null;
  readonly lastSave: string | null;
  readonly lastSaveAt: number | null;
  readonly unsavedChanges: number | null;
  readonly hasAppendOnly: boolean | null;
  readonly appendOnlyWrite: string | null;
  readonly appendOnlyRewrite: string | null;
  readonly role: string | null;
  readonly masterLink: string | null;
  readonly masterDownSeconds: number | null;
  readonly masterSilentSeconds: number | null;
  readonly replicaCount: number | null;
  readonly replicas: readonly RedisReplica[];
  readonly databases: readonly RedisDatabase[];
}

const LINES_MAX = 5_000;
const LIST_MAX = 50;
const WORD_CHARACTERS_MAX = 60;
const NUMBER = /^\d{1,19}(?:\.\d{1,12})?$/;

/** Reads what `INFO` answered; whatever it holds, this ends in linear time and throws nothing. */
export function parseRedisInfo(text: string): RedisInfo {
  const lines = new Map<string, string>();
  const databases: RedisDatabase[] = [];
  const replicas: (RedisReplica & { readonly offset: number | null })[] = [];
  for (const line of text.split("\n", LINES_MAX)) {
    const colon = line.indexOf(":");
    if (colon <= 0 || line.startsWith("#")) continue;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (/^db\d{1,6}$/.test(name) && databases.length < LIST_MAX) databases.push(databaseOf(name, value));
    else if (/^slave\d{1,4}$/.test(name) && replicas.length < LIST_MAX) replicas.push(replicaOf(value));
    else if (!lines.has(name)) lines.set(name, value);
  }
  const number = (name: string): number | null => numberOf(lines.get(name));
  const word = (name: string): string | null => lines.get(name)?.slice(0, WORD_CHARACTERS_MAX) || null;
  const flag = (name: string): boolean | null => {
    const value = lines.get(name);
    return value === "1" ? true : value === "0" ? false : null;
  };
  const sum = (one: number | null, other: number | null): number | null =>
    one === null || other === null ? null : one + other;
  const loadedPercent = number("loading_loaded_perc");
  const ownOffset = number("master_repl_offset");
  return {
    version: versionOf(word),
    runId: word("run_id"),
    uptimeSeconds: number("uptime_in_seconds"),
    usedBytes: number("used_memory"),
    rssBytes: number("used_memory_rss"),
    maxBytes: number("maxmemory"),
    policy: word("maxmemory_policy"),
    fragmentation: number("mem_fragmentation_ratio"),
    clients: number("connected_clients"),
    clientsMax: number("maxclients"),
    blocked: number("blocked_clients"),
    commands: number("total_commands_processed"),
    commandsPerSecond: number("instantaneous_ops_per_sec"),
    hits: number("keyspace_hits"),
    misses: number("keyspace_misses"),
    evicted: number("evicted_keys"),
    expired: number("expired_keys"),
    rejected: number("rejected_connections"),
    cpuSeconds: sum(number("used_cpu_sys"), number("used_cpu_user")),
    isLoading: flag("loading"),
    loadedRatio: loadedPercent === null ? null : Math.min(1, loadedPercent / 100),
    lastSave: word("rdb_last_bgsave_status"),
    lastSaveAt: number("rdb_last_save_time"),
    unsavedChanges: number("rdb_changes_since_last_save"),
    hasAppendOnly: flag("aof_enabled"),
    appendOnlyWrite: word("aof_last_write_status"),
    appendOnlyRewrite: word("aof_last_bgrewrite_status"),
    role: word("role"),
    masterLink: word("master_link_status"),
    masterDownSeconds: number("master_link_down_since_seconds"),
    masterSilentSeconds: number("master_last_io_seconds_ago"),
    replicaCount: number("connected_slaves"),
    replicas: replicas.map(({ offset, ...replica }) => ({
      ...replica,
      behindBytes: offset === null || ownOffset === null ? null : Math.max(0, ownOffset - offset),
    })),
    databases,
  };
}

/** Null for what is no number, is negative or absurdly long: Redis writes -1 where it does not know. */
const numberOf = (text: string | undefined): number | null =>
  text !== undefined && NUMBER.test(text) ? Number(text) : null;

function versionOf(word: (name: string) => string | null): string {
  const valkey = word("valkey_version");
  if (valkey !== null) return `Valkey ${valkey}`;
  const redis = word("redis_version");
  return redis === null ? "" : `Redis ${redis}`;
}

/** `keys=1,expires=0,avg_ttl=0` */
function pairsOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(",", 20).map((pair): [string, string] => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return new Map(pairs);
}

function databaseOf(name: string, text: string): RedisDatabase {
  const pairs = pairsOf(text);
  const expiring = numberOf(pairs.get("expires"));
  return {
    database: Number(name.slice(2)),
    keys: numberOf(pairs.get("keys")),
    expiring,
    // Redis writes 0 where no key has an end.
    averageLeftMs: expiring === 0 ? null : numberOf(pairs.get("avg_ttl")),
  };
}

function replicaOf(text: string): RedisReplica & { readonly offset: number | null } {
  const pairs = pairsOf(text);
  const word = (name: string): string => (pairs.get(name) ?? "").slice(0, WORD_CHARACTERS_MAX);
  return {
    address: `${word("ip")}:${word("port")}`,
    state: word("state"),
    lagSeconds: numberOf(pairs.get("lag")),
    offset: numberOf(pairs.get("offset")),
    behindBytes: null,
  };
}
