import { needs, startSshd, testActingHost } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { hostOf, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");

describeSsh("[SS20] a server by SSH is a host like the machine itself", () => {
  describe.each([
    { name: "dash", sh: undefined },
    { name: "BusyBox", sh: "/bin/busybox" },
    { name: "bash", sh: "/bin/bash" },
  ])("whose sh is $name", ({ sh }) => {
    let sshd: Sshd;
    let server: ReturnType<typeof hostOf>;
    beforeAll(async () => {
      sshd = await startSshd(sh === undefined ? {} : { sh });
      server = hostOf(await targetOf(sshd));
    });
    afterAll(async () => {
      server[Symbol.dispose]();
      await sshd[Symbol.asyncDispose]();
    });
    testActingHost(() => server.host);
  });
});
