import { writeFile } from "node:fs/promises";
import { freePort } from "./free-port.ts";
import { asUser, said } from "./package-user.ts";
import { startProgram } from "./program.ts";
import type { Program } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface MariadbOptions {
  /** Flags, beside those of this helper. */
  readonly flags?: readonly string[];
  /** Certificate and key in PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** MariaDB's own server on 127.0.0.1 with data of its own, ended and removed when its block ends. */
export interface Mariadb extends AsyncDisposable {
  readonly port: number;
  /** Runs statements as root; throws where one fails. Gives rows, a line each, values with tabs between. */
  sql(text: string): Promise<string>;
  /** Stops it, and starts it with these flags on top. */
  restart(flags?: readonly string[]): Promise<void>;
}

/** Starts one as the package's user. Needs root: ask `needs("root", "mariadb")`. */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("mariadb"));
  await said(["chown", "mysql:mysql", directory.path]);
  const port = await freePort();
  const [data, socket] = [directory.file("data"), directory.file("socket")];
  await said([
    ...["mariadb-install-db", "--no-defaults", "--user=mysql", `--datadir=${data}`],
    ...["--auth-root-authentication-method=normal", "--skip-test-db"],
  ]);
  const tls: string[] = [];
  if (options.tls !== undefined) {
    const [certificate, key] = [directory.file("server.crt"), directory.file("server.key")];
    await writeFile(certificate, options.tls.certificate);
    await writeFile(key, options.tls.key, { mode: 0o600 });
    await said(["chown", "mysql:mysql", certificate, key]);
    tls.push(`--ssl-cert=${certificate}`, `--ssl-key=${key}`);
  }
  let server: Program | undefined;
  const stop = async (): Promise<void> => void (await server?.stop("SIGTERM"));
  const start = async (flags: readonly string[]): Promise<void> => {
    server = await startProgram(
      asUser("mysql", [
        ...["/usr/sbin/mariadbd", "--no-defaults", `--datadir=${data}`, `--port=${port}`, `--socket=${socket}`],
        ...["--bind-address=127.0.0.1", "--skip-name-resolve", `--pid-file=${directory.file("pid")}`],
        ...["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", `--tmpdir=${directory.path}`],
        ...[...tls, ...(options.flags ?? []), ...flags],
      ]),
      { cwd: "/" },
    );
    await server.says(/ready for connections/);
  };
  cleanup.defer(stop);
  await start([]);
  const owned = cleanup.move();
  return {
    port,
    sql: (text) => said(["mariadb", "--no-defaults", `--socket=${socket}`, "-uroot", "-N", "-B"], text),
    async restart(flags = []) {
      await stop();
      await start(flags);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
