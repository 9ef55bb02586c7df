import type { Shell } from "../shell.ts";
import { MusterError } from "@muster/core";
import type { Trust } from "./connection.ts";
import { Credentials, credentialsPath } from "./credentials.ts";
import { hubAddress } from "./hub-address.ts";
import { HubClient } from "./hub-client.ts";
import type { Credential } from "./hub-client.ts";

export interface ConnectOptions {
  readonly url?: string;
  readonly ca?: string;
}

/**
 * A client of the hub that the options and the environment name. The token is MUSTER_TOKEN, else the one remembered by
 * `muster login` for this address; without either, UNAUTHENTICATED is thrown before anything is sent.
 */
export function connect(shell: Shell, options: ConnectOptions): HubClient {
  const url = hubAddress(options.url, shell.env);
  const remembered = new Credentials(credentialsPath(shell.env, shell.homeDirectory)).find(url);
  const token = shell.env["MUSTER_TOKEN"] || remembered?.token;
  if (!token) {
    throw new MusterError("UNAUTHENTICATED", { message: `Not signed in to the hub at ${url.origin}.` });
  }
  return new HubClient(
    { url, trust: trustFor(options, shell.env, remembered?.fingerprint), credential: { kind: "token", token } },
    shell,
  );
}

/** `--ca` or MUSTER_CA wins over a remembered fingerprint, which wins over the machine's authorities. */
export function trustFor(
  options: ConnectOptions,
  env: Readonly<Record<string, string | undefined>>,
  fingerprint: string | undefined,
): Trust {
  const caFile = options.ca ?? (env["MUSTER_CA"] || undefined);
  if (caFile !== undefined) return { by: "authorities", caFile };
  return fingerprint === undefined ? { by: "authorities" } : { by: "fingerprint", fingerprint };
}

/** Without a credential, for signing in. */
export const connectAs = (shell: Shell, url: URL, trust: Trust, credential: Credential): HubClient =>
  new HubClient({ url, trust, credential }, shell);
