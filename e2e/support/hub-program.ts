import { writeFileSync } from "node:fs";
import { startProgram } from "@muster/testkit";
import type { Program, ProgramOptions } from "@muster/testkit";
import { HubClient } from "./hub-client.ts";
import { musterArgv } from "./programs.ts";

export const ADMIN = { name: "admin", password: "correct horse battery" } as const;

export interface HubProgramOptions {
  /** Holds data, key-encryption key and password file; a second hub on it goes on where the first one ended. */
  readonly directory: string;
  /** By default any free port of loopback. */
  readonly listen?: string;
  readonly publicUrl?: string;
  /** `made` lets the hub make the administrator `ADMIN` itself; `link` leaves it to the one-time link. */
  readonly administrator?: "made" | "link";
  readonly env?: Readonly<Record<string, string>>;
  /** How the program is started, for a hub in a lab's network. */
  readonly start?: (argv: readonly string[], options: ProgramOptions) => Promise<Program>;
}

/** A hub as a process of its own. */
export interface HubProgram extends AsyncDisposable {
  readonly program: Program;
  /** Where it listens, as it said itself. */
  readonly address: string;
  /** The sign-up link as printed; undefined when there is an administrator. */
  readonly setupUrl: string | undefined;
}

/** The environment of a hub that touches nothing outside of the directory. */
export const hubEnvironment = (directory: string): Readonly<Record<string, string>> => ({
  MUSTER_DATA_DIR: `${directory}/data`,
  MUSTER_KEK_FILE: `${directory}/kek`,
  HOME: directory,
});

/** Starts a hub and waits until it listens. */
export async function startHubProgram(options: HubProgramOptions): Promise<HubProgram> {
  const { directory, listen = "127.0.0.1:0", publicUrl, administrator = "made", start = startProgram } = options;
  const passwordFile = `${directory}/password`;
  writeFileSync(passwordFile, ADMIN.password, { mode: 0o600 });
  const program = await start([...musterArgv, "hub", "--listen", listen], {
    env: {
      ...hubEnvironment(directory),
      ...(publicUrl === undefined ? {} : { MUSTER_PUBLIC_URL: publicUrl }),
      ...(administrator === "made" ? { MUSTER_ADMIN_USER: ADMIN.name, MUSTER_ADMIN_PASSWORD_FILE: passwordFile } : {}),
      ...options.env,
    },
  });
  const [, address = ""] = await program.says(/Muster listens on (\S+)/);
  return {
    program,
    address,
    setupUrl: /https?:\S+\/setup#\S+/.exec(program.stdout)?.[0],
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** A client that is signed in as `ADMIN`. */
export async function signedInClient(config: ConstructorParameters<typeof HubClient>[0]): Promise<HubClient> {
  const client = new HubClient(config);
  await client.signIn(ADMIN.name, ADMIN.password);
  return client;
}
