import { MusterError } from "@muster/core";
import { randomHex, sha256Hex } from "@muster/node-kit";
import type { SshHost } from "../links/ssh/ssh-host.ts";
import { quoted } from "../links/ssh/ssh-failure.ts";
import {
  AUTHORIZED_KEYS_PROBLEMS,
  CHANGED_MEANWHILE,
  lookArgv,
  NO_FILE,
  writeArgv,
} from "./authorized-keys-scripts.ts";

/** Of a larger one we do not know what it is. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Somebody else may write it at the same time; then it is read and changed anew. */
const TRIES_MAX = 3;

/**
 * Changes `~/.ssh/authorized_keys` of the user who logs in, whole or not at all; what others write meanwhile is kept. The
 * text is a character a byte. Throws ACTION_REFUSED with what speaks against it, SshFailure when the connection ends.
 */
export async function editAuthorizedKeys(
  host: Pick<SshHost, "execute" | "feed" | "readPart">,
  edit: (text: string) => string,
  signal: AbortSignal,
): Promise<"changed" | "unchanged"> {
  for (let tries = 1; ; tries++) {
    const before = await read(host, signal);
    const text = before?.toString("latin1") ?? "";
    const wanted = edit(text);
    if (wanted === text) return "unchanged";
    const bytes = Buffer.from(wanted, "latin1");
    const argv = writeArgv(
      before === undefined ? NO_FILE : sha256Hex(before),
      { bytes: bytes.length, sha256: sha256Hex(bytes) },
      randomHex(8),
    );
    const { exitCode, stderr } = await host.feed(argv, [bytes], { signal });
    if (exitCode === 0) return "changed";
    if (exitCode !== CHANGED_MEANWHILE || tries === TRIES_MAX) throw refusal(exitCode, stderr);
  }
}

/** Undefined when there is none. */
async function read(host: Pick<SshHost, "execute" | "readPart">, signal: AbortSignal): Promise<Buffer | undefined> {
  const { exitCode, stdout, stderr } = await host.execute(lookArgv(), { signal });
  if (exitCode !== 0) throw refusal(exitCode, stderr);
  const [, state, path] = /^(missing|there) (\/[^\n]*)\n$/.exec(stdout) ?? [];
  if (state === "missing") return undefined;
  const part = path === undefined ? undefined : await host.readPart(path, 0, FILE_BYTES_MAX);
  if (part === undefined || part.bytes.length !== part.sizeBytes) throw refusal(null, "it cannot be read whole");
  return Buffer.from(part.bytes);
}

function refusal(exitCode: number | null, said: string): MusterError {
  const why = AUTHORIZED_KEYS_PROBLEMS[exitCode ?? -1] ?? `the server said ${quoted(said)}`;
  return new MusterError("ACTION_REFUSED", { message: `authorized_keys was left as it is: ${why}.` });
}
