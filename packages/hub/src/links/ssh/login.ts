import ssh2 from "ssh2";
import type { AnyAuthMethod, ParsedKey, PublicKeyAuthMethod, SignCallback, SigningRequestOptions } from "ssh2";
import { SshFailure } from "./ssh-failure.ts";

/** With what we say who we are. */
export type SshCredential =
  /** As `SshKeyPair` has it: a passphrase is needed once, when the key is imported. */
  | { readonly kind: "key"; readonly privateKey: string }
  | { readonly kind: "password"; readonly password: string }
  /** The agent (ssh-agent) of the user that the hub runs as. It signs; it is never forwarded. */
  | { readonly kind: "agent"; readonly socketPath: string };

/** What to try, in order. Throws SshFailure when the key cannot be read. */
export function loginMethods(username: string, credential: SshCredential): readonly AnyAuthMethod[] {
  switch (credential.kind) {
    case "key":
      return [{ type: "publickey", username, key: readKey(credential.privateKey) }];
    case "password":
      return [
        { type: "password", username, password: credential.password },
        { type: "keyboard-interactive", username, prompt: answerOnce(credential.password) },
      ];
    case "agent":
      return [{ type: "agent", username, agent: new StrictAgent(credential.socketPath) }];
  }
}

function readKey(privateKey: string): PublicKeyAuthMethod["key"] {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error || !key.isPrivateKey())
    throw new SshFailure("login", "The private key cannot be read. Import it again.");
  return Object.create(key, {
    sign: {
      value: (data: Buffer, algorithm?: string): Buffer | Error =>
        algorithm === "sha1" ? new Error(SHA1_REFUSED) : key.sign(data, algorithm),
    },
  }) as ParsedKey;
}

const SHA1_REFUSED =
  "The server takes signatures by SHA-1 only, which can be forged. Update its SSH server, or use an ed25519 key.";

/** Signs with everything but SHA-1, which ssh2 takes for RSA where a server does not say better. */
class StrictAgent extends ssh2.OpenSSHAgent {
  override sign(
    key: ParsedKey | Buffer | string,
    data: Buffer,
    options?: SigningRequestOptions | SignCallback,
    done?: SignCallback,
  ): boolean {
    if (typeof options === "function" || options === undefined) return super.sign(key, data, {}, done ?? options);
    if ((options.hash as string | undefined) !== "sha1") return super.sign(key, data, options, done);
    done?.(new Error(SHA1_REFUSED));
    return false;
  }
}

type Prompts = Extract<AnyAuthMethod, { type: "keyboard-interactive" }>["prompt"];

/** A single hidden prompt is the question for the password, and it is answered once. */
function answerOnce(password: string): Prompts {
  let isAnswered = false;
  return (_name, _instructions, _language, prompts, finish) => {
    const isQuestion = !isAnswered && prompts.length === 1 && prompts[0]?.echo !== true;
    isAnswered = true;
    finish(isQuestion ? [password] : prompts.map(() => ""));
  };
}
