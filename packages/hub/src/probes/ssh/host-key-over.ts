import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import ssh2 from "ssh2";

/** Before that no key has come that is worth waiting for. */
const EARLY_BYTES_MAX = 256 * 1024;

/**
 * `SHA256:…` of the host key that a server shows over a connection: its ed25519 key where it has one. Nobody logs in.
 * Undefined when none is shown, or aborted. The stream is at its end then.
 */
export function hostKeyOver(stream: Duplex, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    let bytes = 0;
    const finish = (fingerprint: string | undefined): void => {
      signal.removeEventListener("abort", abort);
      stream.off("data", count);
      resolve(fingerprint);
      stream.destroy();
    };
    const abort = (): void => finish(undefined);
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > EARLY_BYTES_MAX) finish(undefined);
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    client.on("error", abort).on("close", abort);
    client.connect({
      sock: stream,
      username: "muster-probe",
      hostVerifier: (blob: Buffer) => {
        finish(`SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`);
        return false;
      },
      // The deadline is the probe's.
      readyTimeout: 0,
    } as Parameters<typeof client.connect>[0]);
    stream.on("data", count);
  });
}
