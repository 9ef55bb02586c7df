import { MusterError, isMusterError } from "@muster/core";
import type { Me } from "@muster/protocol";
import type { Shell } from "../shell.ts";
import { CertificateNotTrusted, normalFingerprint } from "./connection.ts";
import type { Trust } from "./connection.ts";
import { connectAs, trustFor } from "./connect.ts";
import type { ConnectOptions } from "./connect.ts";
import { Credentials, credentialsPath } from "./credentials.ts";
import { hubAddress } from "./hub-address.ts";
import type { HubClient } from "./hub-client.ts";

export interface LoginRequest {
  readonly name: string;
  /** Asked for only after the hub proved to be trusted. */
  readonly password: () => Promise<string>;
}

/**
 * Signs in with name and password, makes an API token with all rights of that user, ends the session and remembers the
 * token. Where the certificate is unknown and a person can be asked, its fingerprint is shown for approval. Throws what
 * the hub refuses and CertificateNotTrusted.
 */
export async function login(
  shell: Shell,
  options: ConnectOptions & { readonly trustFingerprint?: string },
  request: LoginRequest,
): Promise<{ readonly url: string; readonly user: string; readonly path: string }> {
  const url = hubAddress(options.url, shell.env);
  const trust = await settleTrust(shell, url, chosenTrust(shell, options));
  const credentials = new Credentials(credentialsPath(shell.env, shell.homeDirectory));
  // A file that cannot be used should be known before a token exists.
  credentials.find(url);

  return withSession(shell, { url, trust, ...request, password: await request.password() }, async (session, me) => {
    const { token, secret } = await session.call("POST /api/v1/tokens", {
      body: { name: `muster on ${shell.hostName}`.slice(0, 64), scopes: [...me.rights] },
    });
    credentials.remember(url, {
      user: me.user.name,
      token: secret,
      tokenId: token.id,
      ...(trust.by === "fingerprint" ? { fingerprint: trust.fingerprint } : {}),
    });
    return { url: url.origin, user: me.user.name, path: credentials.path };
  });
}

/** Who signs in where: the named user, else the one that `muster login` remembers. Throws BAD_REQUEST when there is neither. */
export function personAt(
  shell: Shell,
  options: ConnectOptions,
  name: string | undefined,
): { readonly url: URL; readonly trust: Trust; readonly name: string } {
  const url = hubAddress(options.url, shell.env);
  const remembered = new Credentials(credentialsPath(shell.env, shell.homeDirectory)).find(url);
  const user = name ?? remembered?.user;
  if (user === undefined) {
    const fields = { "--user": "is needed while nobody is signed in" };
    throw new MusterError("BAD_REQUEST", { message: "An option is missing.", fields });
  }
  return { url, trust: trustFor(options, shell.env, remembered?.fingerprint), name: user };
}

/** Signs in by password, does what only a person may do, and signs out again. */
export async function withSession<T>(
  shell: Shell,
  who: { readonly url: URL; readonly trust: Trust; readonly name: string; readonly password: string },
  act: (session: HubClient, me: Me) => Promise<T>,
): Promise<T> {
  const { url, trust, name, password } = who;
  const { answer: me, cookies } = await connectAs(shell, url, trust, { kind: "none" }).callWithCookies(
    "POST /api/v1/login",
    { body: { name, password } },
  );
  const cookie = cookies.map((line) => line.split(";")[0]).join("; ");
  const session = connectAs(shell, url, trust, { kind: "session", cookie, csrfToken: me.csrfToken ?? "" });
  try {
    return await act(session, me);
  } finally {
    // A session left behind would end by itself; failing to end it early is no failure of the work.
    await session.call("POST /api/v1/logout").catch(() => undefined);
  }
}

function chosenTrust(shell: Shell, options: ConnectOptions & { readonly trustFingerprint?: string }): Trust {
  if (options.trustFingerprint === undefined) return trustFor(options, shell.env, undefined);
  const fingerprint = normalFingerprint(options.trustFingerprint);
  if (fingerprint === undefined) {
    const fields = {
      "--trust-fingerprint": "must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons",
    };
    throw new MusterError("BAD_REQUEST", { message: "An option is not valid.", fields });
  }
  return { by: "fingerprint", fingerprint };
}

/** Finds out whether the hub is trusted before a password is asked for, and lets a person decide where it is not. */
async function settleTrust(shell: Shell, url: URL, trust: Trust): Promise<Trust> {
  try {
    await connectAs(shell, url, trust, { kind: "none" }).call("GET /api/v1/setup");
    return trust;
  } catch (error) {
    if (!(error instanceof CertificateNotTrusted) || trust.by === "fingerprint" || !shell.terminal.canAsk) throw error;
    shell.terminal.writeError(
      `The certificate of ${url.origin} is signed by nobody that this machine knows.\n` +
        `SHA-256 fingerprint: ${error.fingerprint}\n` +
        "Compare it with the hub's own, which `muster up` shows on the hub's machine.\n",
    );
    const answer = await shell.terminal.readLine("Type yes if they are the same: ", "echo");
    if (answer?.trim().toLowerCase() !== "yes") throw error;
    return { by: "fingerprint", fingerprint: error.fingerprint };
  }
}

/** Revokes the remembered token and forgets it. `revoked` is false when the hub could not be asked. Throws NOT_FOUND when none is remembered. */
export async function logout(
  shell: Shell,
  options: ConnectOptions,
): Promise<{ readonly url: string; readonly revoked: boolean }> {
  const url = hubAddress(options.url, shell.env);
  const credentials = new Credentials(credentialsPath(shell.env, shell.homeDirectory));
  const remembered = credentials.find(url);
  if (!remembered) throw new MusterError("NOT_FOUND", { message: `Nobody is signed in to ${url.origin} here.` });
  const hub = connectAs(shell, url, trustFor(options, shell.env, remembered.fingerprint), {
    kind: "token",
    token: remembered.token,
  });
  const revoked = await hub.call("DELETE /api/v1/tokens/{id}", { params: { id: remembered.tokenId } }).then(
    () => true,
    // A token that the hub does not know is as good as revoked.
    (error: unknown) => isMusterError(error, "UNAUTHENTICATED") || isMusterError(error, "NOT_FOUND"),
  );
  credentials.forget(url);
  return { url: url.origin, revoked };
}
