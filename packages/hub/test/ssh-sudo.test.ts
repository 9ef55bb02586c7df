import { readFileSync } from "node:fs";
import { needs, runProgram, startProgram, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { testSsh } from "../src/links/ssh/test-ssh.ts";
import { hostOf, never, sshDeps, targetOf } from "./ssh-fixture.ts";

const describeSudo = await needs("root", "sshd", "sudo");
const ANNA = { name: "anna", uid: 61_006 };
const ALL = "root ALL=(ALL) ALL\nanna ALL=(ALL) NOPASSWD: ALL\n";

describeSudo("[SS44] a server reached as an ordinary user who may sudo", () => {
  test("runs programs as root, reads and signals as root", async () => {
    await using sshd = await startSshd({ users: [ANNA], sudoers: ALL });
    using server = hostOf(await targetOf(sshd, { user: "anna" }), "sudo");
    const { host } = server;
    const id = await host.execute(["/bin/sh", "-c", 'id -u; echo "$1"', "sh", "a 'b' $(c)\n"], { signal: never });
    expect([id.exitCode, id.stdout]).toEqual([0, "0\na 'b' $(c)\n\n"]);
    expect(await host.readFile("/etc/shadow")).toContain("anna:");
    expect(await host.readFile(`/proc/${process.pid}/environ`)).toContain("PATH=");
    expect(await host.readFile("/no/such/file")).toBeUndefined();
    expect((await host.readPart("/etc/shadow", 0, 4))?.bytes.toString()).toBeTruthy();
    await using child = await startProgram(["sleep", "100000"]);
    const stat = readFileSync(`/proc/${child.pid}/stat`, "latin1");
    const startTicks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    expect(await host.kill({ pid: child.pid, startTicks }, "KILL")).toBe("sent");
    expect((await child.exited).signal).toBe("SIGKILL");
    expect(await host.kill({ pid: child.pid, startTicks }, "KILL")).toBe("gone");
    await expect(host.execute(["/nowhere/x"], { signal: never })).resolves.toMatchObject({ exitCode: 1 });
    const { steps } = await testSsh(await targetOf(sshd, { user: "anna" }), "sudo", sshDeps, never);
    expect(steps.at(-1)).toMatchObject({ step: "sudo", ok: true });
  });

  describe.each(["", "Defaults use_pty\n"])("with %j", (defaults) => {
    test("[CM-13] ending a program ends its whole group, though it is root's", async () => {
      await using directory = await temporaryDirectory("sudo");
      await runProgram(["chmod", "0755", directory.path]);
      await using sshd = await startSshd({ users: [ANNA], sudoers: defaults + ALL });
      using server = hostOf(await targetOf(sshd, { user: "anna" }), "sudo");
      const stop = new AbortController();
      const program = `sleep 987 & echo $! > ${directory.file("pid")}; wait`;
      const running = server.host.execute(["/bin/sh", "-c", program], { signal: stop.signal });
      const pid = await waitFor(async () => (await server.host.readFile(directory.file("pid")))?.trim(), {
        describe: "the grandchild",
      });
      stop.abort(new Error("enough"));
      await expect(running).rejects.toThrow("enough");
      await waitFor(
        async () => {
          const stat = await server.host.readFile(`/proc/${pid}/stat`);
          return stat === undefined || stat.includes(") Z ");
        },
        { describe: "the end of the grandchild" },
      );
    });
  });

  test("a user who may not is told as such", async () => {
    await using sshd = await startSshd({ users: [ANNA], sudoers: "root ALL=(ALL) ALL\n" });
    const { steps } = await testSsh(await targetOf(sshd, { user: "anna" }), "sudo", sshDeps, never);
    expect(steps.at(-1)).toMatchObject({
      step: "sudo",
      ok: false,
      detail: expect.stringContaining("NOPASSWD") as string,
    });
    using server = hostOf(await targetOf(sshd, { user: "anna" }), "sudo");
    expect(await server.host.readFile("/etc/shadow")).toBeUndefined();
    expect(await server.host.kill({ pid: 2, startTicks: 0 }, "TERM")).toBe("denied");
  });
});
