import { Egress, systemClock } from "@muster/node-kit";
import type { Sshd } from "@muster/testkit";
import { connectSsh } from "../src/links/ssh/connect-ssh.ts";
import type { SshTarget } from "../src/links/ssh/connect-ssh.ts";
import type { SshConnection } from "../src/links/ssh/ssh-connection.ts";
import { SshHost } from "../src/links/ssh/ssh-host.ts";
import { SshLine } from "../src/links/ssh/ssh-line.ts";

export const never = new AbortController().signal;
export const sshDeps = { clock: systemClock, egress: new Egress({ clock: systemClock, attemptsPerMinuteMax: 10_000 }) };

/** How a server of a test is reached, by its key. */
export async function targetOf(
  sshd: Sshd,
  more: Partial<SshTarget> & { readonly user?: string } = {},
): Promise<SshTarget> {
  const { user = "root", ...rest } = more;
  return {
    address: { host: "127.0.0.1", port: sshd.port, user },
    hostKey: { type: "ssh-ed25519", fingerprint: await sshd.fingerprint("ed25519") },
    credential: async () => ({ kind: "key", privateKey: sshd.privateKey }),
    ...rest,
  };
}

/** A connection that ends with its block. */
export async function connected(target: SshTarget): Promise<SshConnection & Disposable> {
  const connection = await connectSsh(target, sshDeps, never);
  return Object.assign(connection, { [Symbol.dispose]: () => connection.close() });
}

/** A host over a line that ends with its block. */
export function hostOf(
  target: SshTarget,
  runner: "self" | "sudo" = "self",
): Disposable & { readonly host: SshHost; readonly line: SshLine } {
  const line = new SshLine({
    clock: systemClock,
    random: () => 0,
    connect: (signal) => connectSsh(target, sshDeps, signal),
  });
  return {
    line,
    host: new SshHost(runner, { clock: systemClock, reach: line.reach }),
    [Symbol.dispose]: () => line.close(),
  };
}
