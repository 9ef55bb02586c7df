import type { SshKeyPair } from "./ssh-keys.ts";
import { generateSshKey, importSshKey } from "./ssh-keys.ts";

/** Stands at the end of the public line, so that whoever finds it on a server knows whose it is. */
const COMMENT = "muster-hub";

/** A new ed25519 key, or the given one without its passphrase. Throws BAD_REQUEST naming the field. */
export async function makeSshKey(given: {
  readonly privateKey?: string;
  readonly passphrase?: string;
}): Promise<SshKeyPair> {
  const { privateKey, passphrase } = given;
  return privateKey === undefined ? generateSshKey("ed25519", COMMENT) : importSshKey(privateKey, passphrase, COMMENT);
}
