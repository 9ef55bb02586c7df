import { writeFileSync } from "node:fs";
import { needs, runProgram, startSshd, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { generateSshKey, importSshKey } from "../src/links/ssh/ssh-keys.ts";
import type { SshKeyPair } from "../src/links/ssh/ssh-keys.ts";
import { connected, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd", "openssl");

/** What OpenSSH makes of a private key: its public line and fingerprint. */
async function seenByOpenSsh({ privateKey }: Pick<SshKeyPair, "privateKey">) {
  await using directory = await temporaryDirectory("key");
  const path = directory.file("key");
  writeFileSync(path, privateKey, { mode: 0o600 });
  const line = await runProgram(["ssh-keygen", "-y", "-f", path]);
  writeFileSync(`${path}.pub`, line.stdout);
  const { stdout } = await runProgram(["ssh-keygen", "-l", "-f", `${path}.pub`]);
  return { line: line.stdout.trim() || line.stderr, fingerprint: stdout.split(" ")[1] };
}

/** What is wrong with a key, by field. */
function problemsOf(text: string, passphrase?: string): unknown {
  try {
    importSshKey(text, passphrase, "test");
    return "none";
  } catch (error) {
    return (error as { readonly details?: { readonly fields?: unknown } }).details?.fields ?? error;
  }
}

describeSsh("[SS50] a key of our own", () => {
  test.each(["ed25519", "ecdsa-p256", "rsa-4096"] as const)(
    "of kind %s is one to OpenSSH, and logs in",
    async (kind) => {
      const pair = await generateSshKey(kind, "muster hub\n#1");
      expect(pair.publicKey).toMatch(/ muster-hub-#1$/);
      const seen = await seenByOpenSsh(pair);
      expect(seen).toEqual({ line: pair.publicKey, fingerprint: pair.fingerprint });
      await using directory = await temporaryDirectory("keys");
      writeFileSync(directory.file("authorized"), pair.publicKey);
      await using sshd = await startSshd({ config: [`AuthorizedKeysFile ${directory.file("authorized")}`] });
      using _ = await connected(
        await targetOf(sshd, { credential: async () => ({ kind: "key", privateKey: pair.privateKey }) }),
      );
      expect(sshd.output).toContain(pair.fingerprint);
    },
  );
});

describeSsh("[SS51] a key of somebody's own", () => {
  const made = async (...args: readonly string[]): Promise<{ readonly text: string; readonly fingerprint: string }> => {
    await using directory = await temporaryDirectory("key");
    const path = directory.file("key");
    const { exitCode, stderr } = await runProgram(["ssh-keygen", "-q", "-C", "own", "-f", path, ...args]);
    if (exitCode !== 0) throw new Error(stderr);
    const { stdout } = await runProgram(["ssh-keygen", "-l", "-f", `${path}.pub`]);
    return { text: (await runProgram(["cat", path])).stdout, fingerprint: stdout.split(" ")[1] ?? "" };
  };

  test.each([
    { form: "OpenSSH, ed25519", args: ["-t", "ed25519"] },
    { form: "OpenSSH, ECDSA 521", args: ["-t", "ecdsa", "-b", "521"] },
    { form: "OpenSSH, RSA", args: ["-t", "rsa", "-b", "2048"] },
    { form: "PEM, RSA", args: ["-t", "rsa", "-b", "3072", "-m", "PEM"] },
    { form: "PEM, ECDSA", args: ["-t", "ecdsa", "-m", "PEM"] },
    { form: "PKCS 8, RSA", args: ["-t", "rsa", "-b", "2048", "-m", "PKCS8"] },
  ])("is read in the form $form, with a passphrase and without", async ({ args }) => {
    const open = await made("-N", "", ...args);
    const pair = importSshKey(`\n${open.text.replaceAll("\n", "\r\n")}\n`, undefined, "muster");
    expect(pair.fingerprint).toBe(open.fingerprint);
    expect(await seenByOpenSsh(pair)).toEqual({ line: pair.publicKey, fingerprint: pair.fingerprint });
    const locked = await made("-N", "correct horse", ...args);
    expect(importSshKey(locked.text, "correct horse", "muster").fingerprint).toBe(locked.fingerprint);
    expect(problemsOf(locked.text)).toEqual({ passphrase: expect.stringContaining("locked") as string });
    expect(problemsOf(locked.text, "wrong")).toEqual({
      passphrase: expect.stringContaining("does not open") as string,
    });
  });

  test("that is none, not safe or too dear to open is told by its field, without a word of it", async () => {
    const open = await made("-N", "", "-t", "ed25519");
    const weak = (await runProgram(["openssl", "genrsa", "-traditional", "1024"])).stdout;
    const dear = await made("-N", "x", "-t", "ed25519", "-a", "200");
    const line = (await generateSshKey("ed25519", "x")).publicKey;
    const cases: readonly (readonly [string, string])[] = [
      ["", "no private key"],
      [line, "no private key"],
      ["-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----", "cannot be read"],
      [open.text.slice(0, 200), "cannot be read"],
      [weak, "not safe"],
      [dear.text, "too many rounds"],
      [`-----BEGIN OPENSSH PRIVATE KEY-----\n${"A".repeat(100_000)}`, "no private key"],
    ];
    for (const [text, told] of cases)
      expect(problemsOf(text, text === dear.text ? "x" : undefined), text.slice(0, 60)).toEqual({
        privateKey: expect.stringContaining(told) as string,
      });
  });
});
