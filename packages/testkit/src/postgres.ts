import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { freePort } from "./free-port.ts";
import { asUser, said } from "./package-user.ts";
import { startProgram } from "./program.ts";
import type { Program } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface PostgresOptions {
  /** Settings by name, beside those of this helper. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf for TCP; passwords by SCRAM for everybody from here unless told. */
  readonly hba?: readonly string[];
  /** Certificate and key in PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** It becomes a replica of this one. */
  readonly replicaOf?: Postgres;
}

/** PostgreSQL's own server on 127.0.0.1 with a cluster of its own, ended and removed when its block ends. */
export interface Postgres extends AsyncDisposable {
  readonly port: number;
  /** Where its socket is, at which everybody is let in. */
  readonly directory: string;
  /** Runs statements as the superuser; throws where one fails. Gives rows, a line each, values with `|` between. */
  sql(text: string, database?: string): Promise<string>;
  /** Stops it, and starts it with these settings on top. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
}

/** Starts one as the package's user. Needs root: ask `needs("root", "postgres")`. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("postgres"));
  await said(["chown", "postgres:postgres", directory.path]);
  const port = await freePort();
  const data = directory.file("data");
  const programs = `/usr/lib/postgresql/${newest(readdirSync("/usr/lib/postgresql"))}/bin`;
  const own = (program: string, ...args: readonly string[]): readonly string[] =>
    asUser("postgres", [`${programs}/${program}`, ...args]);
  const { replicaOf, tls } = options;
  if (replicaOf === undefined)
    await said(own("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C", "-E", "UTF8"));
  else
    await said(
      own(
        ...(["pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-U", "postgres"] as const),
        ...["-h", replicaOf.directory, "-p", String(replicaOf.port)],
      ),
    );
  const hba = options.hba ?? ["host all all 127.0.0.1/32 scram-sha-256"];
  await writeFile(`${data}/pg_hba.conf`, ["local all all trust", "local replication all trust", ...hba, ""].join("\n"));
  if (tls !== undefined) {
    await writeFile(`${data}/server.crt`, tls.certificate);
    await writeFile(`${data}/server.key`, tls.key, { mode: 0o600 });
    await said(["chown", "postgres:postgres", `${data}/server.crt`, `${data}/server.key`]);
  }
  let server: Program | undefined;
  const stop = async (): Promise<void> => void (await server?.stop("SIGINT"));
  const start = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    const told = { fsync: "off", ...(tls && { ssl: "on" }), ...options.settings, ...settings };
    server = await startProgram(
      own(
        ...(["postgres", "-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", directory.path] as const),
        ...Object.entries(told).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ),
      { cwd: "/" },
    );
    // A replica that lets nobody in has no other word for being there.
    await server.says(/database system is ready to accept|consistent recovery state reached/);
  };
  cleanup.defer(stop);
  await start({});
  const owned = cleanup.move();
  return {
    port,
    directory: directory.path,
    sql: (text, database = "postgres") =>
      said(
        own(
          ...(["psql", "-h", directory.path, "-p", String(port), "-U", "postgres", "-d", database] as const),
          ...["-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        ),
        text,
      ),
    async restart(settings = {}) {
      await stop();
      await start(settings);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const newest = (versions: readonly string[]): string =>
  versions.filter((name) => /^\d+$/.test(name)).sort((one, other) => Number(other) - Number(one))[0] ?? "";
