import type { Duplex } from "node:stream";
import type { Asked, Missing, SqlColumn } from "@muster/core";
import { failureOf } from "@muster/node-kit";
import { Client, DatabaseError } from "pg";
import { CUT, DatabaseTrouble, SILENT, STATEMENT_MS_MAX, unwell } from "./database.ts";
import type { Database, DatabaseLogin, DatabaseProblem, OpenDatabase } from "./database.ts";
import { reachDatabase, secureDatabase } from "./database-login.ts";
import { DatabaseStream, UnreadableAnswer } from "./database-stream.ts";
import { firstBytes } from "./first-bytes.ts";
import { PostgresMessages } from "./postgres-messages.ts";

const NOT_POSTGRES: DatabaseProblem = {
  about: "server",
  health: "unhealthy",
  why: "what answers there is no PostgreSQL, or sends more than can be read",
};

/** By SQLSTATE; never by the text, which differs by version and language. */
const LOGIN_PROBLEMS: Readonly<Record<string, DatabaseProblem>> = {
  "28P01": { about: "login", health: "unknown", why: "the user name or the password is wrong" },
  "28000": {
    about: "login",
    health: "unknown",
    why: "the server does not let this user in from here: pg_hba.conf has no line for it, or the role may not log in",
  },
  "42501": { about: "login", health: "unknown", why: "the user may not connect to this database" },
  "3D000": { about: "server", health: "unhealthy", why: "there is no such database" },
  "53300": { about: "server", health: "unhealthy", why: "too many connections: all of them are taken" },
  "57P03": {
    about: "server",
    health: "degraded",
    why: "it takes no logins now: it is starting, stopping or recovering",
  },
  "57P01": { about: "server", health: "degraded", why: "the server is shutting down" },
  "08P01": {
    about: "server",
    health: "unhealthy",
    why: "the server refused the settings of the connection; connect to it directly, not through a pooler",
  },
};

const QUESTION_PROBLEMS: Readonly<Record<string, string>> = {
  "25006": "the query would change something, which is not let through",
  "42601": "the query has an error of syntax, or is not one SELECT",
  "42501": "the user has no right to read what the query asks for",
  "42P01": "a table of the query does not exist",
  "42703": "a column of the query does not exist",
  "42883": "a function of the query does not exist for such values",
  "0A000": "the query does something besides reading, which is not let through",
  "42P11": "the query does something besides reading, which is not let through",
  "57014": `the query took longer than ${STATEMENT_MS_MAX / 1_000} s`,
  "55P03": "the query waited too long for a lock",
};

const MISSING: Readonly<Record<string, Missing>> = {
  "42501": "right",
  "57014": "late",
  "55P03": "late",
  "42P01": "absent",
  "42703": "absent",
  "42883": "absent",
  "55000": "not-loaded",
};

/** Signs in to a PostgreSQL server. Sessions are read-only, and no statement runs or waits for long. */
export const openPostgres: OpenDatabase = async (login, { way, secret }, signal) => {
  const { host, port, user, database } = login;
  const socket = await reachDatabase(way, login, signal);
  try {
    const spoken = login.tls ? await secured(socket, login, signal) : socket;
    const messages = new PostgresMessages();
    const stream = new DatabaseStream(spoken, (chunk) => messages.take(chunk));
    const client = new Client({
      ...{ host, port, user, database, ssl: false, sslnegotiation: "postgres", client_encoding: "UTF8" },
      // Asked for each time: an empty one given as text would be looked for in the hub's environment and files.
      password: () => secret ?? "",
      application_name: "muster",
      statement_timeout: STATEMENT_MS_MAX,
      options: "-c default_transaction_read_only=on -c lock_timeout=500",
      stream: () => stream,
      types: { getTypeParser: () => (text: string) => text },
    });
    client.on("error", () => undefined);
    return await signedIn(client, stream, socket, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
};

async function signedIn(
  client: Client,
  stream: DatabaseStream,
  socket: Duplex,
  signal: AbortSignal,
): Promise<Database> {
  let silent: DatabaseProblem = SILENT.login;
  let cause: Error | undefined;
  stream.on("error", (error) => (cause ??= error));
  const abort = (): void => void stream.destroy(new Error("time is up"));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  const close = (): void => {
    signal.removeEventListener("abort", abort);
    // The farewell is written at once, so that the server's log does not take us for a lost client; nothing waits for it.
    void client.end().catch(() => undefined);
    stream.destroy();
    socket.destroy();
  };
  /** What an error means for the server itself; undefined when it is only of what was asked. */
  const troubleOf = (error: unknown): DatabaseProblem | undefined => {
    if (signal.aborted) return silent;
    if (cause instanceof UnreadableAnswer || error instanceof UnreadableAnswer) return NOT_POSTGRES;
    if (!(error instanceof DatabaseError))
      return cause === undefined || failureOf(cause) !== "failed" ? CUT : NOT_POSTGRES;
    if (silent === SILENT.login)
      return (
        LOGIN_PROBLEMS[error.code ?? ""] ?? {
          about: "server",
          health: "unhealthy",
          why: "the server refused the login",
        }
      );
    return error.code?.startsWith("57P") === true ? LOGIN_PROBLEMS["57P01"] : undefined;
  };
  const trouble = (error: unknown): void => {
    const problem = troubleOf(error);
    if (problem !== undefined) throw new DatabaseTrouble(problem);
  };
  try {
    await client.connect();
  } catch (error) {
    close();
    trouble(error);
    throw error;
  }
  silent = SILENT.question;

  return {
    close,
    async ask(question): Promise<Asked> {
      try {
        const { rows } = await client.query<Record<string, string | null>>(question);
        return { is: "rows", rows };
      } catch (error) {
        trouble(error);
        return { is: "missing", why: MISSING[(error as DatabaseError).code ?? ""] ?? "failed" };
      }
    },
    async askReadOnly(question, rowsMax) {
      try {
        await client.query("BEGIN TRANSACTION READ ONLY");
        // A cursor takes nothing but a question, and the extended protocol nothing but one statement.
        const declared = { text: `${DECLARE}${question}`, queryMode: "extended" };
        await client.query(declared);
        const { fields, rows } = await client.query<(string | null)[]>({
          text: `FETCH ${rowsMax} FROM muster`,
          rowMode: "array",
        });
        await client.query("ROLLBACK");
        return { columns: fields.map(({ name, dataTypeID }) => ({ name, is: columnIs(dataTypeID) })), rows };
      } catch (error) {
        trouble(error);
        const { code = "", position } = error as DatabaseError;
        const why = QUESTION_PROBLEMS[code] ?? `the server does not answer the query (SQLSTATE ${code})`;
        const offset = Number(position) - DECLARE.length;
        throw new DatabaseTrouble({
          about: "question",
          health: code === "42501" ? "unknown" : "unhealthy",
          why: offset >= 1 ? `${why}, at its character ${offset}` : why,
        });
      }
    },
  };
}

/** Asks for encryption, which PostgreSQL begins on an open connection, and looks at the certificate before a word is said. */
async function secured(socket: Duplex, login: DatabaseLogin, signal: AbortSignal): Promise<Duplex> {
  let answer = "";
  socket.write(SSL_REQUEST);
  const came = await firstBytes(
    socket,
    2,
    (bytes) => {
      socket.pause();
      answer = bytes.toString("latin1");
      return true;
    },
    signal,
  );
  if (came === "aborted") throw new DatabaseTrouble(SILENT.login);
  if (answer === "N") throw unwell("the server offers no encryption");
  // What comes along with the answer was put there by somebody in between.
  if (answer !== "S") throw unwell(came === "ended" ? CUT.why : NOT_POSTGRES.why);
  return secureDatabase(socket, login, signal);
}

const DECLARE = "DECLARE muster NO SCROLL CURSOR FOR ";
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** int2, int4, int8, oid, float4, float8, numeric. */
const NUMBERS: readonly number[] = [21, 23, 20, 26, 700, 701, 1700];
/** Times, intervals, JSON, XML and bytes: they name nothing. */
const NO_NAMES: readonly number[] = [1082, 1083, 1114, 1184, 1266, 1186, 114, 3802, 142, 17];
const columnIs = (dataTypeId: number): SqlColumn["is"] =>
  NUMBERS.includes(dataTypeId) ? "number" : NO_NAMES.includes(dataTypeId) ? "other" : "text";
