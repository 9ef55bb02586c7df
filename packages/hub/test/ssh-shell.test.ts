import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { needs, runProgram, startSshd, temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { RemoteReader } from "../src/links/ssh/remote-reader.ts";
import { shellWords } from "../src/links/ssh/shell-words.ts";
import { connectSsh } from "../src/links/ssh/connect-ssh.ts";
import { connected, hostOf, never, sshDeps, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");

const MEANINGFUL = "'\"\\$`!*?[]{}()<>|&;~#%=- \n\t\r".split("");
/** An argument of any characters but NUL, most of them such as mean something to a shell. */
const argument = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...MEANINGFUL) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 127 }).map((code) => String.fromCharCode(code)) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("$(id)", "`id`", "'\\''", "é", "\u{1f600}", "\u202e", "--", "-n", "$'\\n'"),
      },
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));
const argv = fc.array(argument, { maxLength: 8 });

describe("[SS10] arguments as text for a shell", () => {
  test.each([["dash"], ["bash"], ["busybox", "sh"]])("arrive as they are in %s %s", async (...shell) => {
    await fc.assert(
      fc.asyncProperty(fc.array(argv, { minLength: 20, maxLength: 20 }), async (lists) => {
        // Each list printed with NUL after each argument, and an empty one after the list.
        const text = lists.map((list) => `printf '%s\\0' ${shellWords([...list, ""])}`).join("\n");
        const { stdout, stderr } = await runProgram([...shell.filter(Boolean), "-c", text]);
        expect([stdout, stderr]).toEqual([
          lists.map((list) => [...list, ""].map((each) => `${each}\0`).join("")).join(""),
          "",
        ]);
      }),
      { numRuns: 15 },
    );
  });

  test("a NUL is refused", () => {
    expect(() => shellWords(["a\0b"])).toThrow("NUL");
  });
});

/** What has made a shell, or a program that reads options and patterns, do something else. `TOUCH` is a command. */
const PAYLOADS: readonly string[] = [
  ...[
    "$(TOUCH)",
    "`TOUCH`",
    ";TOUCH",
    ";TOUCH;",
    "|TOUCH",
    "||TOUCH",
    "&TOUCH",
    "&&TOUCH",
    "\nTOUCH\n",
    "\rTOUCH\r",
    "'TOUCH'",
  ],
  ...[
    "';TOUCH;'",
    '";TOUCH;"',
    "'\\'';TOUCH;'",
    "\\';TOUCH;'",
    '"$(TOUCH)"',
    "${x:-$(TOUCH)}",
    "$((`TOUCH`))",
    "<(TOUCH)",
  ],
  ...[
    ">(TOUCH)",
    "{TOUCH,}",
    "(TOUCH)",
    "!TOUCH",
    "$'\\nTOUCH\\n'",
    "%0aTOUCH",
    "\tTOUCH\t",
    "\u2028TOUCH",
    "*;TOUCH",
    "--;TOUCH",
  ],
];
const WRAPS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `/${text}`,
  (text) => `/etc/passwd${text}`,
  (text) => `/proc/${text}/stat`,
  (text) => `-${text}`,
  (text) => `/a\t${text}`,
  (text) => `/a\nf${text}`,
  (text) => `/'${text}'`,
  (text) => `/"${text}"`,
  (text) => `/\\${text}`,
  (text) => `/${text}/*`,
  (text) => `${text}${text}`,
  (text) => `/x y ${text}`,
  (text) => `/$HOME${text}`,
  (text) => `/..${text}`,
  (text) => `/${text}\\`,
  (text) => `/${text}'`,
  (text) => `/dev/${text}\n`,
];

describeSsh("[SH-03][CM-05] what reaches a server", () => {
  test("500 payloads in every field have no effect and arrive as they are", async () => {
    await using directory = await temporaryDirectory("canary");
    const canary = directory.file("seen");
    // The command has no slash of its own to end at: a path of it stays one file name.
    writeFileSync(directory.file("t"), `#!/bin/sh\ntouch ${canary}\n`, { mode: 0o755 });
    await using sshd = await startSshd({
      users: [{ name: "root", uid: 0, loginShell: "/bin/bash", files: { ".bashrc": `PATH=${directory.path}:$PATH` } }],
    });
    using server = hostOf(await targetOf(sshd));
    const { host } = server;
    const commands = [`touch ${canary}`, `${directory.path}/t`];
    const texts = WRAPS.flatMap((wrap) =>
      PAYLOADS.map((payload, index) => wrap(payload.replaceAll("TOUCH", commands[index % commands.length]!))),
    );
    expect(texts.length).toBeGreaterThan(500);
    await Promise.all(texts.flatMap((text) => [host.readFile(text), host.listDirectory(text), host.readLink(text)]));
    for (let from = 0; from < texts.length; from += 60) {
      const part = texts.slice(from, from + 60);
      const { stdout } = await host.execute(["/usr/bin/printf", "%s\\0", ...part], {
        signal: never,
        outputBytesMax: 1e6,
      });
      expect(stdout.split("\0").slice(0, -1)).toEqual(part);
    }
    for (const text of texts.filter((_, index) => index % 9 === 0)) {
      expect(await host.readPart(text, 0, 10)).toBeUndefined();
      await host.fileSystemUsage(text, never);
      await expect(host.request(text, { method: "GET", path: "/" }, never)).rejects.toThrow();
      await expect(host.execute([text], { signal: never })).rejects.toThrow();
    }
    expect(existsSync(canary)).toBe(false);
    expect(readdirSync(directory.path)).toEqual(["t"]);
    expect(await host.readFile("/proc/sys/kernel/ostype")).toBe("Linux\n");
  }, 120_000);

  test("no path is part of a command; arguments are, in quotes", async () => {
    await using directory = await temporaryDirectory("shell");
    writeFileSync(
      directory.file("shell"),
      `#!/bin/sh\nprintf '%s\\n' "$2" >> ${directory.file("commands")}\nexec /bin/sh -c "$2"\n`,
      {
        mode: 0o755,
      },
    );
    await using sshd = await startSshd({ users: [{ name: "root", uid: 0, loginShell: directory.file("shell") }] });
    using server = hostOf(await targetOf(sshd));
    await server.host.readFile("/file-of-the-test");
    await server.host.listDirectory("/directory-of-the-test");
    await server.host.execute(["/bin/echo", "argument of the test"], { signal: never });
    const commands = readFileSync(directory.file("commands"), "utf8");
    expect(commands).not.toMatch(/(?:file|directory)-of-the-test/);
    expect(commands).toContain("'argument of the test'");
  });
});

describeSsh("[SS11] a login shell", () => {
  test("whose start files talk, complain and trace changes nothing of what is read", async () => {
    const noise =
      'echo "welcome"; echo "oh no" >&2; printf "no end of line"; cd /tmp; IFS=x; set -vx; alias printf=false; export LANG=de_DE PATH=/nowhere';
    await using sshd = await startSshd({
      users: [{ name: "root", uid: 0, loginShell: "/bin/bash", files: { ".bashrc": noise } }],
      config: ["PrintMotd yes", "Banner /etc/hostname"],
    });
    using server = hostOf(await targetOf(sshd));
    expect(await server.host.readFile("/proc/sys/kernel/ostype")).toBe("Linux\n");
    const said = await server.host.execute(["/bin/sh", "-c", "echo out; echo err >&2; pwd"], { signal: never });
    expect(said).toEqual({ exitCode: 0, stdout: "out\n/\n", stderr: "err\n", truncated: false });
  });

  test("that is BusyBox's, as the user's shell and without anything else, does", async () => {
    await using sshd = await startSshd({
      sh: "/bin/busybox",
      users: [{ name: "box", uid: 61_002, loginShell: "/bin/sh" }],
    });
    using server = hostOf(await targetOf(sshd, { user: "box" }));
    expect(await server.host.readFile("/proc/sys/kernel/ostype")).toBe("Linux\n");
    expect((await server.host.execute(["/bin/sh", "-c", "echo $0; id -u"], { signal: never })).stdout).toContain(
      "61002",
    );
  });

  test.each([
    ["says too much", "#!/bin/sh\nexec yes noise\n", "writes too much"],
    ["lets nobody in", "#!/bin/sh\necho This account is currently not available.\nexit 1\n", "not available"],
    ["is forced to something else", '#!/bin/sh\nexec cat "$0"\n', "runs no program"],
  ])("that %s is told as such", async (_, text, told) => {
    await using directory = await temporaryDirectory("shell");
    await runProgram(["chmod", "0755", directory.path]);
    writeFileSync(directory.file("shell"), text, { mode: 0o755 });
    await using sshd = await startSshd({ users: [{ name: "root", uid: 0, loginShell: directory.file("shell") }] });
    using connection = await connected(await targetOf(sshd));
    await expect(RemoteReader.start(connection, sshDeps.clock, never)).rejects.toMatchObject({
      step: "shell",
      message: expect.stringContaining(told) as string,
    });
  });

  test("[SS12] that reads quotes in another way is found out before any argument is sent to it", async () => {
    await using directory = await temporaryDirectory("shell");
    await runProgram(["chmod", "0755", directory.path]);
    // Like fish, it takes two backslashes between single quotes for one.
    const fish = `#!/bin/bash\nprintf '%s\\n' "$2" >> ${directory.file("commands")}\nexec /bin/sh -c "\${2//\\\\\\\\/\\\\}"\n`;
    writeFileSync(directory.file("shell"), fish, { mode: 0o755 });
    await using sshd = await startSshd({ users: [{ name: "root", uid: 0, loginShell: directory.file("shell") }] });
    using server = hostOf(await targetOf(sshd));
    await expect(server.host.execute(["/bin/echo", "argument-of-the-test"], { signal: never })).rejects.toMatchObject({
      step: "shell",
      message: expect.stringContaining("Give the user /bin/sh") as string,
    });
    const { stdout } = await runProgram(["cat", directory.file("commands")]);
    expect(stdout).toContain("TOKEN");
    expect(stdout).not.toContain("argument-of-the-test");
  });

  test("[SS13] of an account without a shell, or with a forced command, is told as a step of its own", async () => {
    await using sshd = await startSshd({
      users: [{ name: "none", uid: 61_003, loginShell: "/usr/sbin/nologin" }],
      config: ["Match User none", "Match all"],
    });
    await expect(
      connectSsh(await targetOf(sshd, { user: "none" }), sshDeps, never).then((connection) =>
        RemoteReader.start(connection, sshDeps.clock, never).finally(() => connection.close()),
      ),
    ).rejects.toMatchObject({ step: "shell" });
    await using forced = await startSshd({ config: ["ForceCommand internal-sftp"] });
    using connection = await connected(await targetOf(forced));
    await expect(RemoteReader.start(connection, sshDeps.clock, never)).rejects.toMatchObject({ step: "shell" });
  });
});
