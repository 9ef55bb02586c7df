import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { checkServerIdentity, connect } from "node:tls";
import type { TLSSocket } from "node:tls";
import { failureOf } from "./failure.ts";
import type { EgressFailure } from "./failure.ts";

/**
 * TLS over a connection that is there already. It is agreed on whoever the other side is, so that its certificate can be
 * looked at: `problem` says why it must not be trusted, and then nothing may be said to it. Rejects when no secure
 * connection could be agreed on, or aborted; the stream is the caller's to destroy.
 */
export function secureOver(
  stream: Duplex,
  { name, ca }: { readonly name: string; readonly ca?: string },
  signal: AbortSignal,
): Promise<{ readonly socket: TLSSocket; readonly problem: EgressFailure | undefined }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const socket = connect({
      ...{ socket: stream, rejectUnauthorized: false },
      ...(isIP(name) === 0 ? { servername: name } : { host: name }),
      ...(ca !== undefined && { ca }),
    });
    const settle = (end: () => void): void => {
      signal.removeEventListener("abort", abort);
      socket.off("error", fail).off("close", cut);
      // Without a listener a late error would end the program.
      socket.on("error", () => undefined);
      end();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const cut = (): void => fail(Object.assign(new Error("the connection ended"), { code: "ECONNRESET" }));
    const abort = (): void => fail(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", fail).once("close", cut);
    socket.once("secureConnect", () => settle(() => resolve({ socket, problem: problemOf(socket, name) })));
  });
}

function problemOf(socket: TLSSocket, name: string): EgressFailure | undefined {
  const { authorizationError } = socket;
  // Node gives the code as a text here, or an error.
  if (!socket.authorized) {
    const failure = failureOf(
      authorizationError instanceof Error ? authorizationError : { code: String(authorizationError) },
    );
    return failure === "failed" ? "certificate-unknown" : failure;
  }
  const mismatch = checkServerIdentity(name, socket.getPeerCertificate());
  return mismatch === undefined ? undefined : "certificate-name";
}
