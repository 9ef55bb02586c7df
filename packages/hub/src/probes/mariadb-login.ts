import type { Duplex } from "node:stream";
import type { Asked, Missing, SqlColumn } from "@muster/core";
import { failureOf } from "@muster/node-kit";
import { createConnection } from "mysql2";
import type { Connection, FieldPacket } from "mysql2";
import { CUT, DatabaseTrouble, SILENT, STATEMENT_MS_MAX } from "./database.ts";
import type { Database, DatabaseLogin, DatabaseProblem, OpenDatabase, SqlAnswer } from "./database.ts";
import { reachDatabase, secureDatabase } from "./database-login.ts";
import { DatabaseStream, UnreadableAnswer } from "./database-stream.ts";

const NOT_MARIADB: DatabaseProblem = {
  about: "server",
  health: "unhealthy",
  why: "what answers there is no MariaDB or MySQL, or sends more than can be read",
};
const WRONG: DatabaseProblem = {
  about: "login",
  health: "unknown",
  why: "access denied: the user name or the password is wrong, or the user may not come from this host",
};

/** By the server's error number. */
const LOGIN_PROBLEMS: Readonly<Record<number, DatabaseProblem>> = {
  1045: WRONG,
  1698: WRONG,
  1044: { about: "login", health: "unknown", why: "the user has no right to this database" },
  1049: { about: "server", health: "unhealthy", why: "there is no such database" },
  1040: { about: "server", health: "unhealthy", why: "too many connections: all of them are taken" },
  1203: { about: "server", health: "unhealthy", why: "too many connections of this user (max_user_connections)" },
  1226: { about: "server", health: "unhealthy", why: "this user has used up what it may in an hour" },
  1129: {
    about: "login",
    health: "unhealthy",
    why: "the server has blocked this host after too many connection errors; run FLUSH HOSTS there",
  },
  1130: { about: "login", health: "unknown", why: "the server does not let anybody in from this host" },
  1251: { about: "login", health: "unknown", why: "the user signs in by a method that is not supported here" },
  1053: { about: "server", health: "degraded", why: "the server is shutting down" },
};
const SHUTTING_DOWN = [1053, 1927];

const QUESTION_PROBLEMS: Readonly<Record<number, string>> = {
  1792: "the query would change something, which is not let through",
  1290: "the query would change something, which is not let through",
  1064: "the query has an error of syntax, or is not one SELECT",
  1142: "the user has no right to read what the query asks for",
  1143: "the user has no right to read what the query asks for",
  1370: "the user has no right to call a function of the query",
  1146: "a table of the query does not exist",
  1054: "a column of the query does not exist",
  1305: "a function of the query does not exist",
  1969: `the query took longer than ${STATEMENT_MS_MAX / 1_000} s`,
  3024: `the query took longer than ${STATEMENT_MS_MAX / 1_000} s`,
  1205: "the query waited too long for a lock",
};
const RIGHTS = [1142, 1143, 1370, 1044, 1227];

const missingOf = (errno: number): Missing => {
  if (RIGHTS.includes(errno)) return "right";
  if (errno === 1969 || errno === 3024 || errno === 1205) return "late";
  return errno === 1146 || errno === 1054 || errno === 1064 || errno === 1193 ? "absent" : "failed";
};

/** What is not told of mysql2's connections, and is needed to hold a bad server at bay. */
interface Inner {
  sequenceId: number;
  stream: Duplex;
  readonly packetParser: { execute(chunk: Buffer): void };
  handlePacket(packet?: { readonly sequenceId: number }): void;
  startTLS(onSecure: (error?: Error) => void): void;
}

/** Signs in to a MariaDB or MySQL server. No statement runs for long. */
export const openMariadb: OpenDatabase = async (login, { way, secret }, signal) => {
  const { host, port, user, database, tls } = login;
  const stream = new DatabaseStream(await reachDatabase(way, login, signal));
  try {
    const connection = createConnection({
      ...{ host, port, user, stream, password: secret ?? "" },
      ...(database !== "" && { database }),
      // Time is held by the signal; no code is made of the names of columns; no file of ours is anybody's business.
      ...{ connectTimeout: 0, disableEval: true, flags: ["-LOCAL_FILES"], rowsAsArray: true, trace: false },
      connectAttributes: { program_name: "muster" },
      typeCast: (field) => field.string("utf8"),
      // How is said by `encrypt`; without this it would not be asked for.
      ...(tls && { ssl: { rejectUnauthorized: true } }),
    });
    return await signedIn(connection, stream, login, signal);
  } catch (error) {
    stream.destroy();
    throw error;
  }
};

async function signedIn(
  connection: Connection,
  stream: DatabaseStream,
  login: DatabaseLogin,
  signal: AbortSignal,
): Promise<Database> {
  let silent: DatabaseProblem = SILENT.login;
  let cause: Error | undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    const lose = (error: Error): void => {
      cause ??= error;
      reject(error);
    };
    connection.on("error", lose);
    stream.on("error", lose);
    stream.on("close", () => lose(Object.assign(new Error("the connection ended"), { code: "ECONNRESET" })));
  });
  lost.catch(() => undefined);
  const inner = connection as unknown as Inner;
  guard(inner, stream);
  encrypt(inner, stream, login, signal);
  const abort = (): void => void stream.destroy(new Error("time is up"));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const close = (): void => {
    signal.removeEventListener("abort", abort);
    if (silent === SILENT.question && !stream.destroyed) connection.end();
    stream.destroy();
  };
  const troubleOf = (error: unknown): DatabaseProblem | undefined => {
    if (signal.aborted) return silent;
    const { errno, code, sqlState } = error as { errno?: number; code?: string; sqlState?: string };
    // Only what the server itself says has a state; before it knows us it says only a number.
    const isSaid = typeof errno === "number" && errno >= 1_000 && (sqlState !== undefined || code?.startsWith("ER_"));
    if (isSaid === true && silent === SILENT.login)
      return LOGIN_PROBLEMS[errno] ?? { about: "server", health: "unhealthy", why: "the server refused the login" };
    if (isSaid === true) return SHUTTING_DOWN.includes(errno) ? LOGIN_PROBLEMS[1053] : undefined;
    if (code === "HANDSHAKE_NO_SSL_SUPPORT")
      return { about: "server", health: "unhealthy", why: "the server offers no encryption" };
    if (cause instanceof DatabaseTrouble) return cause.problem;
    if (cause instanceof UnreadableAnswer) return NOT_MARIADB;
    return code === "PROTOCOL_CONNECTION_LOST" || failureOf(error) === "reset" ? CUT : NOT_MARIADB;
  };
  const trouble = (error: unknown): void => {
    const problem = troubleOf(error);
    if (problem !== undefined) throw new DatabaseTrouble(problem);
  };
  const rowsOf = (question: string): Promise<{ fields: readonly FieldPacket[]; rows: readonly (string | null)[][] }> =>
    Promise.race([
      lost,
      new Promise<{ fields: readonly FieldPacket[]; rows: readonly (string | null)[][] }>((resolve, reject) => {
        connection.query(question, (error: Error | null, rows: unknown, fields: FieldPacket[] | undefined) => {
          if (error !== null) reject(error);
          else resolve({ fields: fields ?? [], rows: Array.isArray(rows) ? (rows as (string | null)[][]) : [] });
        });
      }),
    ]);
  const ask = async (question: string): Promise<Asked> => {
    try {
      const { fields, rows } = await rowsOf(question);
      return {
        is: "rows",
        rows: rows.map((row) => Object.fromEntries(fields.map(({ name }, index) => [name, row[index] ?? null]))),
      };
    } catch (error) {
      trouble(error);
      return { is: "missing", why: missingOf((error as { errno: number }).errno) };
    }
  };

  try {
    await Promise.race([lost, new Promise<void>((resolve) => connection.once("connect", () => resolve()))]);
    silent = SILENT.question;
    // The one is MariaDB's, in seconds, the other MySQL's, in milliseconds: neither knows the other's.
    const limited = await ask(`SET SESSION max_statement_time = ${STATEMENT_MS_MAX / 1_000}`);
    if (limited.is === "missing") await ask(`SET SESSION max_execution_time = ${STATEMENT_MS_MAX}`);
  } catch (error) {
    close();
    trouble(error);
    throw error;
  }

  return {
    ask,
    close,
    async askReadOnly(question, rowsMax): Promise<SqlAnswer> {
      try {
        for (const before of [
          "SET SESSION sql_mode = ''",
          `SET SESSION sql_select_limit = ${rowsMax}`,
          "START TRANSACTION READ ONLY",
        ])
          await rowsOf(before);
        const { fields, rows } = await rowsOf(question);
        await rowsOf("ROLLBACK");
        return {
          columns: fields.map(({ name, type }) => ({ name, is: columnIs(type ?? 0) })),
          rows: rows.slice(0, rowsMax),
        };
      } catch (error) {
        trouble(error);
        const { errno } = error as { errno: number };
        throw new DatabaseTrouble({
          about: "question",
          health: RIGHTS.includes(errno) ? "unknown" : "unhealthy",
          why: QUESTION_PROBLEMS[errno] ?? `the server does not answer the query (error ${errno})`,
        });
      }
    },
  };
}

/** A packet out of its order ends the connection: mysql2 would only print each of them. What reading throws does, too. */
function guard(connection: Inner, stream: DatabaseStream): void {
  const handle = connection.handlePacket.bind(connection);
  connection.handlePacket = (packet) => {
    try {
      if (packet !== undefined && packet.sequenceId !== connection.sequenceId) throw new UnreadableAnswer();
      if (!stream.destroyed) handle(packet);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new UnreadableAnswer());
    }
  };
}

/** Puts our own way to encrypt in the place of mysql2's. */
function encrypt(connection: Inner, stream: DatabaseStream, login: DatabaseLogin, signal: AbortSignal): void {
  connection.startTLS = (onSecure) => {
    stream.removeAllListeners("data");
    secureDatabase(stream, login, signal)
      .then((socket) => {
        const secure = new DatabaseStream(socket);
        secure.on("data", (chunk: Buffer) => connection.packetParser.execute(chunk));
        secure.on("close", () => stream.destroy());
        connection.stream = secure;
        onSecure();
      })
      .catch((error: unknown) => void stream.destroy(error instanceof Error ? error : new UnreadableAnswer()));
  };
}

/** DECIMAL, TINY, SHORT, LONG, FLOAT, DOUBLE, LONGLONG, INT24, YEAR, NEWDECIMAL. */
const NUMBERS: readonly number[] = [0, 1, 2, 3, 4, 5, 8, 9, 13, 246];
/** TIMESTAMP, DATE, TIME, DATETIME, NEWDATE, BIT, VECTOR, JSON, GEOMETRY: they name nothing. */
const NO_NAMES: readonly number[] = [7, 10, 11, 12, 14, 16, 242, 245, 255];
const columnIs = (type: number): SqlColumn["is"] =>
  NUMBERS.includes(type) ? "number" : NO_NAMES.includes(type) ? "other" : "text";
