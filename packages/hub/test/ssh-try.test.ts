import { needs, startSshd } from "@muster/testkit";
import { expect, test } from "vitest";
import { hostOf, never, targetOf } from "./ssh-fixture.ts";
const describeSsh = await needs("root", "sshd");
describeSsh("try", () => {
  test("works", async () => {
    await using sshd = await startSshd();
    using server = hostOf(await targetOf(sshd));
    const { host } = server;
    console.log(
      await Promise.all([
        host.readFile("/proc/loadavg"),
        host.readFile("/nope"),
        host.listDirectory("/sys/class/net"),
        host.readLink("/proc/self/exe"),
      ]),
    );
    console.log(await host.execute(["/bin/echo", "a b", "'\\\n$x"], { signal: never }));
    console.log(await host.fileSystemUsage("/", never), await host.fileSystemUsage("/", never));
    console.log(await host.readPart("/etc/passwd", 3, 20));
    console.log(await host.kill({ pid: 1, startTicks: 999 }, "TERM"));
    console.log(server.line.status);
    expect(1).toBe(1);
  });
});
