import type { Duplex } from "node:stream";
import type { Clock, SshAddress } from "@muster/core";
import { deadline, sshAddressProblems } from "@muster/core";
import { targetText } from "@muster/node-kit";
import type { Egress } from "@muster/node-kit";
import ssh2 from "ssh2";
import type { AnyAuthMethod, AuthenticationType, Client } from "ssh2";
import { algorithmsFor } from "./algorithms.ts";
import { readHostKey } from "./host-key.ts";
import type { HostKey } from "./host-key.ts";
import { loginMethods } from "./login.ts";
import type { SshCredential } from "./login.ts";
import { SshConnection } from "./ssh-connection.ts";
import { quoted, SshFailure } from "./ssh-failure.ts";

export interface SshTarget {
  readonly address: SshAddress;
  /** The key that the server was approved with. Without one nothing is connected: the failure tells the key there is. */
  readonly hostKey?: HostKey | undefined;
  /** Asked for after the server has proved to be the one that is meant, at each login. */
  readonly credential: () => Promise<SshCredential>;
  /** A connection to a server from which this one is reached. */
  readonly jump?: SshConnection;
  /** The server whose configured link this is, for counting attempts; none where a link is only tried. */
  readonly account?: string;
}

export interface SshDeps {
  readonly clock: Clock;
  readonly egress: Egress;
}

/** Until the server has proved who it is, and from then until we are in; names and sockets have limits of their own. */
const PROOF_MS = 10_000;
const LOGIN_MS = 20_000;
/** What a server may say before we are in. */
const EARLY_BYTES_MAX = 1024 * 1024;
const ALIVE_MS = 15_000;
const ALIVE_MISSED_MAX = 3;

/** Connects and logs in. Throws SshFailure, which names the step that failed; nothing is open then. */
export async function connectSsh(target: SshTarget, deps: SshDeps, signal: AbortSignal): Promise<SshConnection> {
  const problem = Object.values(sshAddressProblems(target.address) ?? {})[0];
  if (problem !== undefined) throw new SshFailure("name", `The address is not valid: ${problem}.`);
  const socket = await openSocket(target, deps, signal);
  const login = new Login(socket, target, deps);
  try {
    return await login.run(signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function openSocket(
  { address, jump, account }: SshTarget,
  { egress }: SshDeps,
  signal: AbortSignal,
): Promise<Duplex> {
  const { host, port } = address;
  if (jump !== undefined) return jump.forwardTo(host, port, signal);
  const opened = [targetText({ host, port })];
  const connected = await egress.connect(
    { host, port, purpose: "ssh", opened, ...(account !== undefined && { account }) },
    signal,
  );
  if (!connected.ok) {
    const { failure, detail } = connected;
    const isName = failure === "name-not-found" || failure === "not-valid";
    const what = isName ? `The name ${host} cannot be used` : `${host} cannot be reached at port ${port}`;
    throw new SshFailure(isName ? "name" : "port", `${what}: ${detail}. ${NEXT[failure] ?? "Check host and port."}`);
  }
  // Without it every small packet waits for the last one's acknowledgement: ninety times slower.
  connected.socket.setNoDelay(true);
  return connected.socket;
}

const NEXT: Readonly<Record<string, string>> = {
  "name-not-found": "Check its spelling and the hub's name servers.",
  refused: "Check the port, and that the SSH server runs.",
  "timed-out": "Check the firewalls between the hub and the server.",
  unreachable: "Check the network between the hub and the server.",
};

/** One way from an open socket to a connection. */
class Login {
  readonly #client: Client = new ssh2.Client();
  readonly #socket: Duplex;
  readonly #target: SshTarget;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #hostKey: HostKey | undefined;
  #methods: AnyAuthMethod[] | undefined;
  /** Ended when the server has proved who it is. */
  #proved: () => void = () => undefined;

  constructor(socket: Duplex, target: SshTarget, { clock }: SshDeps) {
    this.#socket = socket;
    this.#target = target;
    this.#clock = clock;
  }

  async run(signal: AbortSignal): Promise<SshConnection> {
    const proof = deadline(this.#clock, PROOF_MS, signal);
    const whole = deadline(this.#clock, PROOF_MS + LOGIN_MS, signal);
    this.#proved = () => proof.done();
    const late = (): void => this.#fail(this.#lateFailure(signal));
    proof.signal.addEventListener("abort", late, { once: true });
    whole.signal.addEventListener("abort", late, { once: true });
    try {
      signal.throwIfAborted();
      return await this.#connect();
    } finally {
      proof.done();
      whole.done();
      proof.signal.removeEventListener("abort", late);
      whole.signal.removeEventListener("abort", late);
    }
  }

  #connect(): Promise<SshConnection> {
    const client = this.#client;
    return new Promise((resolve, reject) => {
      this.#stop.signal.addEventListener("abort", () => reject(this.#stop.signal.reason as Error), { once: true });
      client.on("error", (error: Error & { level?: string }) => this.#fail(this.#failureOf(error)));
      client.on("close", () => this.#fail(this.#failureOf(new Error("closed"))));
      client.once("ready", () => {
        this.#socket.off("data", countEarly);
        resolve(new SshConnection(client, this.#socket, this.#hostKey!, this.#clock));
      });
      client.connect({
        sock: this.#socket,
        username: this.#target.address.user,
        algorithms: algorithmsFor(this.#target.hostKey),
        hostVerifier: (blob: Buffer) => this.#verify(blob),
        authHandler: (left: AuthenticationType[] | null, isPartial: boolean | null, next: (method: never) => void) =>
          void this.#nextMethod(left ?? [], isPartial === true).then((method) => next(method as never)),
        // Deadlines are ours, by the injected clock.
        readyTimeout: 0,
        keepaliveInterval: ALIVE_MS,
        keepaliveCountMax: ALIVE_MISSED_MAX,
        strictVendor: false,
        agentForward: false,
      } as Parameters<Client["connect"]>[0]);
      let earlyBytes = 0;
      const countEarly = (chunk: Buffer): void => {
        earlyBytes += chunk.length;
        if (earlyBytes > EARLY_BYTES_MAX)
          this.#fail(
            new SshFailure(this.#step, "The server says too much before the login. Check what listens there."),
          );
      };
      // After ssh2 has paused the socket: this listener must not make it flow before ssh2 listens.
      this.#socket.on("data", countEarly);
    });
  }

  get #step(): "protocol" | "login" {
    return this.#hostKey === undefined ? "protocol" : "login";
  }

  /** The first failure counts; what breaks because of it says nothing. */
  #fail(failure: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(failure);
    this.#socket.destroy();
  }

  #verify(blob: Buffer): boolean {
    const known = this.#target.hostKey;
    const seen = readHostKey(blob);
    // A new exchange of keys in a running connection asks again.
    if (
      seen !== undefined &&
      known !== undefined &&
      seen.type === known.type &&
      seen.fingerprint === known.fingerprint
    ) {
      this.#hostKey = seen;
      this.#proved();
      return true;
    }
    this.#fail(hostKeyFailure(seen, known));
    return false;
  }

  async #nextMethod(left: readonly string[], isPartial: boolean): Promise<AnyAuthMethod | false> {
    const { address, credential } = this.#target;
    try {
      this.#methods ??= [...loginMethods(address.user, await credential())];
    } catch (error) {
      this.#fail(error);
      return false;
    }
    const method = this.#methods.shift();
    if (method !== undefined && !isPartial && (left.length === 0 || left.includes(methodName(method)))) return method;
    this.#fail(new SshFailure("login", refusal(address.user, left, isPartial)));
    return false;
  }

  #lateFailure(signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    const until = this.#hostKey === undefined ? "did not say who it is" : "did not answer the login";
    return new SshFailure(
      this.#step,
      `The server ${until} in time. Check that it is an SSH server and not overloaded.`,
    );
  }

  #failureOf(error: Error & { level?: string }): SshFailure {
    const { hostKey: known } = this.#target;
    if (this.#hostKey !== undefined) {
      const said = error.message === "closed" ? "" : ` (${quoted(error.message)})`;
      return new SshFailure("login", `The login broke off${said}. Check user, key and agent.`, { cause: error });
    }
    // With a known key no other kind of key is asked for: a server that has dropped it looks like this.
    const dropped = known === undefined ? "" : ` It may no longer have its approved key of type ${known.type}.`;
    const why =
      error.level === "handshake" ? "offers no algorithm that is safe enough" : "does not speak SSH as it should";
    return new SshFailure("protocol", `The server ${why}.${dropped} Check the port, and update its SSH server.`, {
      cause: error,
    });
  }
}

const methodName = (method: AnyAuthMethod): string => (method.type === "agent" ? "publickey" : method.type);

function refusal(user: string, left: readonly string[], isPartial: boolean): string {
  const accepted =
    left.length === 0 ? "nothing" : left.map((name) => name.replace(/[^a-z-]/g, "").slice(0, 32)).join(", ");
  if (isPartial) return `The server wants a second proof (${accepted}), which Muster cannot give. Allow this user one.`;
  return `The server refused ${user}; it accepts: ${accepted}. Check user and key, or what the server allows.`;
}

function hostKeyFailure(seen: HostKey | undefined, known: HostKey | undefined): SshFailure {
  if (seen === undefined)
    return new SshFailure(
      "host-key",
      "The server's key is of a kind or length that is not safe. Make it an ed25519 key.",
    );
  if (known === undefined)
    return new SshFailure(
      "host-key",
      `The server is not known yet: its key is ${seen.type} ${seen.fingerprint}. Compare it with the server's own, then approve it.`,
      { hostKey: seen },
    );
  return new SshFailure(
    "host-key",
    `The server's key has changed from ${known.fingerprint} to ${seen.fingerprint}. Unless you changed it, somebody stands between.`,
    { hostKey: seen },
  );
}
