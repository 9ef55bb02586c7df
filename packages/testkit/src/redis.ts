import { freePort } from "./free-port.ts";
import { runProgram, startProgram } from "./program.ts";
import type { Program } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { waitFor } from "./wait-for.ts";

/** A Redis of the test's own on 127.0.0.1, ended when its block ends. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** A file of its directory. */
  file(name: string): string;
  /** What `redis-cli` prints for a command, trimmed; errors of the server are printed, too. */
  ask(...words: readonly string[]): Promise<string>;
  /** As `ask`, with commands as lines: for many. */
  feed(lines: readonly string[]): Promise<void>;
  /** Stops it where it stands, and lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
  /** Starts it anew at the same port on what it left, with other settings where told. `loading`: does not wait for its data. */
  restart(settings?: readonly string[], until?: "ready" | "loading"): Promise<void>;
}

/** Starts one that saves nothing unless its settings (`--name value …`) say otherwise. Ask `needs("redis")`. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("redis"));
  const port = await freePort();
  let server: Program | undefined;
  const ask = async (...words: readonly string[]): Promise<string> =>
    (await runProgram(["redis-cli", "-p", String(port), "--no-auth-warning", ...words])).stdout.trim();
  const start = async (more: readonly string[], until: "ready" | "loading"): Promise<void> => {
    const own = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const started = await startProgram(["redis-server", ...own, "--dir", directory.path, ...more]);
    server = started;
    if (until === "ready") await started.says(/Ready to accept connections/);
    else
      await waitFor(async () => !started.running || (await ask("INFO", "persistence")).includes("loading:1"), {
        intervalMs: 5,
        describe: () => `redis-server is loading; it said ${started.output}`,
      });
  };
  const stop = async (): Promise<void> => void (await server?.stop("SIGKILL"));
  cleanup.defer(stop);
  await start(settings, "ready");
  const owned = cleanup.move();
  return {
    port,
    get pid() {
      return server?.pid ?? 0;
    },
    file: (name) => directory.file(name),
    ask,
    async feed(lines) {
      await runProgram(["redis-cli", "-p", String(port)], { stdin: `${lines.join("\n")}\n` });
    },
    signal: (name) => server?.signal(name),
    stop,
    async restart(more = settings, until = "ready") {
      await stop();
      await start(more, until);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
