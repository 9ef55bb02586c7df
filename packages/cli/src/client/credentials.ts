import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { MusterError } from "@muster/core";
import { privateFileProblem, readPrivateFile, writeFileDurably } from "@muster/node-kit";

/** What `muster login` remembers of one hub. */
export interface HubCredential {
  readonly user: string;
  readonly token: string;
  /** So that logout can revoke the token at the hub. */
  readonly tokenId: string;
  /** SHA-256 of the one certificate that is trusted; absent where authorities are asked. */
  readonly fingerprint?: string;
}

type Hubs = Readonly<Record<string, HubCredential>>;

/** `$XDG_CONFIG_HOME/muster/credentials.json`, by default under `~/.config`. */
export function credentialsPath(env: Readonly<Record<string, string | undefined>>, homeDirectory: string): string {
  return join(env["XDG_CONFIG_HOME"] || join(homeDirectory, ".config"), "muster", "credentials.json");
}

/**
 * The credentials of this user, by the hub's address, in one file of mode 0600. A file that others can read, or that
 * belongs to another user, is refused rather than used.
 */
export class Credentials {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  find(url: URL): HubCredential | undefined {
    return this.#read()[url.origin];
  }

  remember(url: URL, credential: HubCredential): void {
    this.#write({ ...this.#read(), [url.origin]: credential });
  }

  /** The file goes with its last entry. */
  forget(url: URL): void {
    const { [url.origin]: _forgotten, ...rest } = this.#read();
    if (Object.keys(rest).length === 0) rmSync(this.path, { force: true });
    else this.#write(rest);
  }

  #read(): Hubs {
    if (privateFileProblem(this.path)?.endsWith("does not exist")) return {};
    try {
      const { hubs } = JSON.parse(Buffer.from(readPrivateFile(this.path)).toString("utf8")) as { hubs: Hubs };
      if (typeof hubs !== "object" || hubs === null) throw new Error("it lists no hubs");
      return hubs;
    } catch (error) {
      const message = `The credentials file cannot be used: ${(error as Error).message}.`;
      throw new MusterError("CONFIG_INVALID", { message }, error);
    }
  }

  #write(hubs: Hubs): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeFileDurably(this.path, `${JSON.stringify({ version: 1, hubs }, null, 2)}\n`, 0o600);
  }
}
