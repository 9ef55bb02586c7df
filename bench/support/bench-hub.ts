import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, runProgram, startProgram } from "@muster/testkit";
import type { Program } from "@muster/testkit";

export const PASSWORD = "a password for measuring";

/** A hub in its own process with a directory of its own. */
export interface BenchHub {
  readonly program: Program;
  readonly address: string;
  readonly directory: string;
  /** One for each simulated agent. */
  readonly tokens: readonly string[];
}

/** Starts a hub that has join tokens for servers called prefix and number. The caller ends `program`. */
export async function startBenchHub(directory: string, tokenCount = 0, prefix = "sim-"): Promise<BenchHub> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(`${directory}/password`, PASSWORD, { mode: 0o600 });
  const listen = `127.0.0.1:${await freePort()}`;
  const prepare = fileURLToPath(new URL("./prepare-hub.ts", import.meta.url));
  const prepared = await runProgram([process.execPath, prepare, directory, listen, String(tokenCount), prefix], {
    timeoutMs: 300_000,
  });
  if (prepared.exitCode !== 0) throw new Error(`the hub's directory could not be prepared: ${prepared.stderr}`);
  const program = await startHubProgram(directory, listen);
  const tokens = readFileSync(`${directory}/tokens`, "utf8").split("\n").filter(Boolean);
  return { program, address: `http://${listen}`, directory, tokens };
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const bundle = join(root, "dist/muster.mjs");
/** What users run is the bundle; the sources only where nothing was built. */
export const musterProgram = existsSync(bundle) ? bundle : join(root, "packages/cli/src/main.ts");
export const musterProgramNote =
  musterProgram === bundle
    ? "Muster ran as the bundle in dist/."
    : "Muster ran from its sources, which costs memory and start time.";

/** A hub on a prepared directory, once it listens. */
export async function startHubProgram(directory: string, listen: string): Promise<Program> {
  const settings = ["--data-dir", `${directory}/data`, "--kek-file", `${directory}/kek`, "--listen", listen];
  const program = await startProgram([
    process.execPath,
    musterProgram,
    "hub",
    ...settings,
    "--trusted-proxies",
    "127.0.0.1",
    "--log-level",
    "warn",
  ]);
  await program.says(/listens on/, 30_000);
  return program;
}

/** A browser's session: the cookie, and the token that changing requests and the live socket need. */
export interface BenchSession {
  readonly cookie: string;
  readonly csrfToken: string;
}

/** Signs in. `from` is the address that the sign-in seems to come from, because one address may try only ten times a minute. */
export async function signIn(address: string, name = "bench", from = "10.0.0.1"): Promise<BenchSession> {
  const response = await fetch(`${address}/api/v1/login`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: address, "x-forwarded-for": from },
    body: JSON.stringify({ name, password: PASSWORD }),
  });
  if (!response.ok) throw new Error(`sign-in of ${name}: ${response.status} ${await response.text()}`);
  const { csrfToken } = (await response.json()) as { csrfToken: string };
  return { cookie: response.headers.getSetCookie()[0]!.split(";")[0]!, csrfToken };
}

/** Asks the API as a signed-in browser. */
export async function ask<T>(
  address: string,
  session: BenchSession,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(`${address}/api/v1/${path}`, {
    method,
    headers: {
      cookie: session.cookie,
      origin: address,
      "x-muster-csrf": session.csrfToken,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? null : JSON.parse(text)) as T;
}
