import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { needs, runProgram, startProgram, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import type { ParsedKey } from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loginMethods } from "../src/links/ssh/login.ts";
import type { SshCredential } from "../src/links/ssh/login.ts";
import { connectSsh } from "../src/links/ssh/connect-ssh.ts";
import type { SshTarget } from "../src/links/ssh/connect-ssh.ts";
import type { SshConnection } from "../src/links/ssh/ssh-connection.ts";
import { SshFailure } from "../src/links/ssh/ssh-failure.ts";
import { generateSshKey } from "../src/links/ssh/ssh-keys.ts";
import { connected, hostOf, never, sshDeps, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");

/** How an attempt failed; throws when it did not. */
async function failureOf(target: SshTarget): Promise<SshFailure> {
  try {
    (await connectSsh(target, sshDeps, never)).close();
  } catch (error) {
    if (error instanceof SshFailure) return error;
    throw error;
  }
  throw new Error("it connected");
}

describeSsh("a connection", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({
      hostKeys: ["ed25519", "ecdsa", "rsa"],
      config: ["Match User anna", "PasswordAuthentication yes", "Match all"],
      users: [{ name: "anna", uid: 61_001, password: "correct horse" }],
    });
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  const forbidden = async (): Promise<SshCredential> => {
    throw new Error("a credential was asked for");
  };

  test("[SH-01][SS1] an unknown server is not logged in to: the failure tells its key, no credential was touched", async () => {
    const failure = await failureOf(await targetOf(sshd, { hostKey: undefined, credential: forbidden }));
    expect(failure.step).toBe("host-key");
    expect(failure.hostKey).toEqual({ type: "ssh-ed25519", fingerprint: await sshd.fingerprint("ed25519") });
    expect(failure.message).toContain(await sshd.fingerprint("ed25519"));
    await waitFor(() => /Connection (closed|reset)/.test(sshd.output), { describe: () => `the end; ${sshd.output}` });
    expect(sshd.output).not.toMatch(/Accepted|Failed|Postponed|userauth/i);
  });

  test("[SH-01][SS2] a server with another key than the approved one is refused, both being told", async () => {
    const known = { type: "ssh-ed25519", fingerprint: "SHA256:AAAA" };
    const failure = await failureOf(await targetOf(sshd, { hostKey: known, credential: forbidden }));
    expect([failure.step, failure.hostKey?.fingerprint]).toEqual(["host-key", await sshd.fingerprint("ed25519")]);
    expect(failure.message).toContain("SHA256:AAAA");
    expect(failure.message).toContain(await sshd.fingerprint("ed25519"));
  });

  test.each(["ed25519", "ecdsa", "rsa"] as const)(
    "[SS2] a server approved by its %s key is asked for that one",
    async (kind) => {
      const type = { ed25519: "ssh-ed25519", ecdsa: "ecdsa-sha2-nistp256", rsa: "ssh-rsa" }[kind];
      const hostKey = { type, fingerprint: await sshd.fingerprint(kind) };
      using connection = await connected(await targetOf(sshd, { hostKey }));
      expect(connection.hostKey).toEqual(hostKey);
    },
  );

  test("[SS3] a key, a password and an agent log in; what is wrong is told with what is accepted", async () => {
    using _key = await connected(await targetOf(sshd));
    const password = async (text: string): Promise<SshTarget> =>
      targetOf(sshd, { user: "anna", credential: async () => ({ kind: "password", password: text }) });
    using _password = await connected(await password("correct horse"));
    const wrong = await failureOf(await password("wrong"));
    expect([wrong.step, wrong.message]).toEqual(["login", expect.stringContaining("publickey, password")]);
    expect(wrong.message).not.toContain("wrong");

    await using directory = await temporaryDirectory("agent");
    const socketPath = directory.file("agent");
    await using agent = await startProgram(["ssh-agent", "-D", "-a", socketPath]);
    await agent.says(/SSH_AUTH_SOCK/);
    const added = await runProgram(["ssh-add", sshd.keyPath], { env: { SSH_AUTH_SOCK: socketPath } });
    expect(added.exitCode, added.stderr).toBe(0);
    using _agent = await connected(await targetOf(sshd, { credential: async () => ({ kind: "agent", socketPath }) }));

    const stranger = await generateSshKey("ed25519", "stranger");
    const credential = async (): Promise<SshCredential> => ({ kind: "key", privateKey: stranger.privateKey });
    const refused = await failureOf(await targetOf(sshd, { credential }));
    expect([refused.step, refused.message]).toEqual(["login", expect.stringContaining("refused root")]);
    const broken = await failureOf(
      await targetOf(sshd, { credential: async () => ({ kind: "key", privateKey: "no key" }) }),
    );
    expect([broken.step, broken.message]).toEqual(["login", expect.stringContaining("private key cannot be read")]);
  });

  test("[SS4] steps that fail before are named: name, port, and what speaks no SSH", async () => {
    const at = async (host: string, port: number): Promise<SshFailure> =>
      failureOf({ ...(await targetOf(sshd)), address: { host, port, user: "root" } });
    expect(await at("nowhere.invalid", 22)).toMatchObject({ step: "name", code: "SERVER_OFFLINE" });
    const silent = createServer((socket) => void socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    expect(await at("127.0.0.1", port)).toMatchObject({ step: "protocol" });
    await new Promise((resolve) => silent.close(resolve));
    const refused = await at("127.0.0.1", port);
    expect([refused.step, refused.message]).toEqual(["port", expect.stringContaining("nothing listens there")]);
  });

  test("[SH-07] an address that could be read as more than one is refused before anything is sent", async () => {
    for (const bad of [{ host: "-oProxyCommand=id" }, { user: "-l" }, { user: "a b" }, { host: "a\nb" }, { port: 0 }]) {
      const target = await targetOf(sshd);
      const failure = await failureOf({ ...target, address: { ...target.address, ...bad }, credential: forbidden });
      expect([failure.step, failure.message]).toEqual(["name", expect.stringContaining("not valid")]);
    }
  });

  test("[SR-11][SS5] only the server's own host and port are opened, and metadata addresses never", async () => {
    const target = await targetOf(sshd);
    const failure = await failureOf({ ...target, address: { host: "169.254.169.254", port: 22, user: "root" } });
    expect([failure.step, failure.message]).toEqual(["port", expect.stringContaining("not open for this purpose")]);
  });

  test("[SS6] a server behind another is reached over a connection to that one; what is not there is told as such", async () => {
    await using inner = await startSshd();
    using jump = await connected(await targetOf(sshd));
    {
      using server = hostOf(await targetOf(inner, { jump }));
      expect(await server.host.readFile("/proc/sys/kernel/hostname")).toBeTruthy();
      expect(inner.output).toContain("Accepted publickey");
    }
    const target = await targetOf(inner, { jump });
    await inner.cut();
    const failure = await failureOf(target);
    expect([failure.step, failure.message]).toEqual(["jump", expect.stringContaining("from the server before it")]);
    expect(jump.isOpen).toBe(true);
    // The other end is still its own server to us: its key counts, not that of the one before.
    await using other = await startSshd();
    const changed = await failureOf({ ...target, address: { host: "127.0.0.1", port: other.port, user: "root" } });
    expect(changed.step).toBe("host-key");
    jump.close();
    expect((await failureOf(await targetOf(other, { jump }))).step).toBe("lost");
  });

  test("[SS6] more servers than a connection has sessions are reached at a time from the one before them", async () => {
    await using inner = await startSshd();
    using jump = await connected(await targetOf(sshd));
    const target = await targetOf(inner, { jump });
    await using behind = new AsyncDisposableStack();
    const connections: SshConnection[] = [];
    for (let count = 1; count <= 12; count++) connections.push(behind.use(await connected(target)));
    expect(connections.every(({ isOpen }) => isOpen)).toBe(true);
  });

  test("[SH-06] no agent is forwarded and no program of this machine is run for a connection", async () => {
    await using directory = await temporaryDirectory("agent");
    const socketPath = directory.file("agent");
    await using agent = await startProgram(["ssh-agent", "-D", "-a", socketPath]);
    await agent.says(/SSH_AUTH_SOCK/);
    await runProgram(["ssh-add", sshd.keyPath], { env: { SSH_AUTH_SOCK: socketPath } });
    using connection = await connected(
      await targetOf(sshd, { credential: async () => ({ kind: "agent", socketPath }) }),
    );
    const { channel } = await connection.open("echo agent:$SSH_AUTH_SOCK:", never);
    let said = "";
    for await (const chunk of channel) said += String(chunk);
    expect(said).toBe("agent::\n");
    channel.stderr.resume();
  });

  test("[SH-06] the credential is asked for at each login, and not while connected", async () => {
    let count = 0;
    const credential = async (): Promise<SshCredential> => {
      count++;
      return { kind: "key", privateKey: sshd.privateKey };
    };
    using server = hostOf(await targetOf(sshd, { credential }));
    expect(count).toBe(0);
    for (let round = 0; round < 3; round++) await server.host.readFile("/proc/uptime");
    expect(count).toBe(1);
  });

  test("a login that its caller gives up leaves nothing open", async () => {
    const stop = new AbortController();
    const target = await targetOf(sshd, {
      credential: () => {
        stop.abort(new Error("enough"));
        return new Promise(() => undefined);
      },
    });
    await expect(connectSsh(target, sshDeps, stop.signal)).rejects.toThrow("enough");
  });
});

describeSsh("[SH-02] algorithms", () => {
  test.each([
    "KexAlgorithms diffie-hellman-group14-sha1",
    "KexAlgorithms diffie-hellman-group-exchange-sha1",
    "Ciphers aes128-cbc",
    "Ciphers 3des-cbc",
    "Ciphers chacha20-poly1305@openssh.com",
    "Ciphers aes128-ctr\nMACs hmac-sha1",
    "Ciphers aes128-ctr\nMACs hmac-sha1-etm@openssh.com",
  ])("a server that has only %s is refused", async (line) => {
    await using sshd = await startSshd({ config: line.split("\n") });
    const failure = await failureOf(await targetOf(sshd));
    expect([failure.step, failure.message]).toEqual(["protocol", expect.stringContaining("no algorithm")]);
  });

  test.each(["ssh-rsa"])("a host that signs by %s only, with SHA-1, is refused", async (algorithm) => {
    await using sshd = await startSshd({ hostKeys: ["rsa"], config: [`HostKeyAlgorithms ${algorithm}`] });
    const failure = await failureOf(
      await targetOf(sshd, { hostKey: { type: "ssh-rsa", fingerprint: await sshd.fingerprint("rsa") } }),
    );
    expect([failure.step, failure.message]).toEqual([
      "protocol",
      expect.stringContaining("approved key of type ssh-rsa"),
    ]);
  });

  test("strict key exchange is asked for and used with a server that has it", async () => {
    await using sshd = await startSshd({ config: ["LogLevel DEBUG3"] });
    using _ = await connected(await targetOf(sshd));
    // OpenSSH of Debian 12 has it since its update against CVE-2023-48795.
    expect(sshd.output).toMatch(/kex-strict-c-v00@openssh.com|strict KEX/);
  });

  test("an RSA key does not sign by SHA-1 for a server that takes nothing else", async () => {
    const { privateKey, publicKey } = await generateSshKey("rsa-4096", "test");
    await using directory = await temporaryDirectory("keys");
    writeFileSync(directory.file("authorized"), publicKey);
    const keys = `AuthorizedKeysFile ${directory.file("authorized")}`;
    const credential = async (): Promise<SshCredential> => ({ kind: "key", privateKey });
    {
      await using modern = await startSshd({ config: [keys] });
      using _ = await connected(await targetOf(modern, { credential }));
    }
    await using old = await startSshd({ config: [keys, "PubkeyAcceptedAlgorithms ssh-rsa"] });
    expect(await failureOf(await targetOf(old, { credential }))).toMatchObject({ step: "login" });
    expect(old.output).not.toContain("Accepted publickey");
    // What ssh2 would still ask of the key, of a server that does not say what it takes.
    const [method] = loginMethods("root", await credential());
    const { key } = method as { readonly key: ParsedKey };
    expect(key.sign(Buffer.from("data"), "sha1")).toBeInstanceOf(Error);
    expect(key.sign(Buffer.from("data"), "sha256")).toBeInstanceOf(Buffer);
  });
});
