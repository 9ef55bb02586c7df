import { needs, startSshd } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SshTarget } from "../src/links/ssh/connect-ssh.ts";
import { testSsh } from "../src/links/ssh/test-ssh.ts";
import { connected, never, sshDeps, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");

describeSsh("[SS60] a test of a connection", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ users: [{ name: "none", uid: 61_005, loginShell: "/usr/sbin/nologin" }] });
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  /** Names of the steps, the failed one with a mark, and what was said last. */
  async function outcome(target: SshTarget, runner: "self" | "sudo" = "self") {
    const { steps, seenHostKey } = await testSsh(target, runner, sshDeps, never);
    return {
      steps: steps.map(({ step, ok }) => (ok ? step : `${step}!`)),
      last: steps.at(-1)?.detail ?? "",
      seenHostKey,
    };
  }

  test("names each step that went well, to the first program", async () => {
    const { steps, last } = await outcome(await targetOf(sshd));
    expect(steps).toEqual(["name", "port", "protocol", "host-key", "login", "shell"]);
    expect(last).toContain("Linux");
  });

  test("by way of another server", async () => {
    await using inner = await startSshd();
    using jump = await connected(await targetOf(sshd));
    const { steps } = await outcome(await targetOf(inner, { jump }));
    expect(steps).toEqual(["jump", "protocol", "host-key", "login", "shell"]);
  });

  test("stops at the step that failed, with what to do", async () => {
    const target = await targetOf(sshd);
    const at = (address: Partial<SshTarget["address"]>): SshTarget => ({
      ...target,
      address: { ...target.address, ...address },
    });
    expect(await outcome(at({ host: "nowhere.invalid" }))).toMatchObject({
      steps: ["name!"],
      last: expect.stringContaining("Check its spelling") as string,
    });
    expect((await outcome(at({ port: 1 }))).steps).toEqual(["name", "port!"]);
    expect((await outcome(at({ user: "nobody-here" }))).steps.at(-1)).toBe("login!");
    expect(await outcome(at({ user: "none" }))).toMatchObject({
      steps: ["name", "port", "protocol", "host-key", "login", "shell!"],
      last: expect.stringContaining("Give the user a shell") as string,
    });
    const unknown = await outcome({ ...target, hostKey: undefined });
    expect(unknown).toMatchObject({
      steps: ["name", "port", "protocol", "host-key!"],
      seenHostKey: target.hostKey,
      last: expect.stringContaining("approve") as string,
    });
  });

  test("with sudo says whether it makes root", async () => {
    // The machine of a test has no sudo: so does this server.
    const { steps, last } = await outcome(await targetOf(sshd), "sudo");
    expect([steps.at(-1), last]).toEqual(["sudo!", expect.stringContaining("NOPASSWD")]);
  });

  test("that is given up leaves with the reason of who gave it up", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(testSsh(await targetOf(sshd), "self", sshDeps, signal)).rejects.toThrow("enough");
  });
});
