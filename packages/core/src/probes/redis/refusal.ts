/** What a server may answer instead of what was asked for. */
export type RedisRefusal =
  | "needs-password"
  | "wrong-password"
  | "needs-no-password"
  | "knows-no-users"
  | "no-right"
  | "loading"
  | "master-down"
  | "busy"
  | "cannot-save"
  | "too-many-clients"
  | "protected"
  | "read-only"
  | "no-such-database"
  | "no-such-command"
  | "cluster"
  | "other";

/** The first that fits decides; the words are those of Redis 2.8 to 8, Valkey and KeyDB. */
const WORDS: readonly (readonly [start: string, refusal: RedisRefusal])[] = [
  ["NOAUTH", "needs-password"],
  ["ERR operation not permitted", "needs-password"],
  ["WRONGPASS", "wrong-password"],
  ["ERR invalid password", "wrong-password"],
  ["ERR Client sent AUTH, but no password is set", "needs-no-password"],
  ["ERR AUTH <password> called without any password", "needs-no-password"],
  ["ERR wrong number of arguments for 'auth'", "knows-no-users"],
  ["NOPERM", "no-right"],
  ["LOADING", "loading"],
  ["MASTERDOWN", "master-down"],
  ["BUSY", "busy"],
  ["MISCONF", "cannot-save"],
  ["ERR max number of clients", "too-many-clients"],
  ["DENIED", "protected"],
  ["READONLY", "read-only"],
  ["ERR DB index", "no-such-database"],
  ["ERR invalid DB index", "no-such-database"],
  ["ERR unknown command", "no-such-command"],
  ["CROSSSLOT", "cluster"],
  ["MOVED", "cluster"],
];

/** What an error line of a server means. */
export const redisRefusal = (line: string): RedisRefusal =>
  WORDS.find(([start]) => line.startsWith(start))?.[1] ?? "other";

/** What is wrong and what to do, in our words: a server's own could hold anything. */
export const REDIS_REFUSALS: Readonly<Record<RedisRefusal, string>> = {
  "needs-password": "it asks for a password (NOAUTH) and none is set here",
  "wrong-password": "the user name or the password is wrong (WRONGPASS)",
  "needs-no-password": "it asks for no password, though one is set here: whoever reaches it may do anything",
  "knows-no-users": "it is older than Redis 6 and knows no user names; leave the user empty",
  "no-right": "the user lacks a right (NOPERM)",
  loading: "it is loading its data (LOADING)",
  "master-down": "the link to its master is down and it may not serve old data (MASTERDOWN)",
  busy: "it is held up by a script that does not end (BUSY)",
  "cannot-save": "it takes no writes because it cannot save to its disk (MISCONF)",
  "too-many-clients": "it takes no more clients (maxclients)",
  protected: "it answers only its own machine (protected mode): it has neither a password nor a bind address",
  "read-only": "it is a read-only replica (READONLY); this is for its master to do",
  "no-such-database": "it has no database of that number",
  "no-such-command": "it does not know a command that is needed; it may be too old or have it renamed",
  cluster: "it is a node of a cluster, which takes keys only one slot at a time",
  other: "it refuses with an error of its own",
};

/** The line that an administrator adds, for a user of the ACL. */
export const missingRight = (command: string, user: string): string =>
  `the user may not run ${command} (NOPERM); allow it with: ACL SETUSER ${user === "" ? "default" : user} +${command.toLowerCase().replace(" ", "|")}`;
