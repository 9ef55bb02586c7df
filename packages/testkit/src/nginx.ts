import { writeFile } from "node:fs/promises";
import { freePort } from "./free-port.ts";
import { runProgram, startProgram } from "./program.ts";
import type { Program } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** An nginx on 127.0.0.1 of a test's own. Ask `needs("nginx")`. */
export interface Nginx extends AsyncDisposable {
  readonly ports: readonly number[];
  /** A path in its directory, from which `root` serves. */
  file(name: string): string;
  /** Ends it and starts it anew at the same ports. */
  restart(): Promise<void>;
}

/**
 * Starts one. `servers`: the inside of each `server` block, after its `listen 127.0.0.1:PORT`, which ends without a
 * semicolon, so that it can begin with ` ssl;` or `;`. `files`: what lies in its directory.
 */
export async function startNginx(
  servers: (directory: string, ports: readonly number[]) => readonly string[],
  { count, files = {} }: { readonly count: number; readonly files?: Readonly<Record<string, string>> },
): Promise<Nginx> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("nginx"));
  // Its workers are an ordinary user.
  await runProgram(["chmod", "0755", directory.path]);
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  for (const [name, text] of Object.entries(files)) await writeFile(directory.file(name), text);
  const blocks = servers(directory.path, ports).map(
    (inside, index) => `server { listen 127.0.0.1:${ports[index]}${inside} }`,
  );
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${directory.file(`temp-${name}`)};`,
  );
  const config = [
    "daemon off; worker_processes 1; error_log stderr notice;",
    `pid ${directory.file("pid")}; events { worker_connections 64; }`,
    `http { access_log off; root ${directory.path}; ${paths.join(" ")}`,
    ...blocks,
    "}",
  ];
  await writeFile(directory.file("nginx.conf"), config.join("\n"));
  let program: Program | undefined;
  const stop = async (): Promise<void> => void (await program?.stop("SIGTERM"));
  const start = async (): Promise<void> => {
    program = await startProgram(["nginx", "-p", directory.path, "-c", directory.file("nginx.conf")]);
    await program.says(/start worker process /);
  };
  cleanup.defer(stop);
  await start();
  const owned = cleanup.move();
  return {
    ports,
    file: (name) => directory.file(name),
    async restart() {
      await stop();
      await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
