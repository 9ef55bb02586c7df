import { needs, startSshd, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { alertWorld, listener } from "./alert-world.ts";

const describeSsh = await needs("root", "sshd");

describeSsh("a server by SSH whose host key changes", () => {
  test("[SH-01] [AL24] is refused, and that is an incident until somebody has approved the new key", async () => {
    await using sshd = await startSshd();
    await using world = await alertWorld();
    await using told = await listener();
    const { admin, hub } = world;
    await world.notifier(told);
    const key = await admin.post("/api/v1/ssh-keys", { name: "way", privateKey: sshd.privateKey });
    const link = {
      ...{ kind: "ssh", host: "127.0.0.1", port: sshd.port, user: "root" },
      ...{ authentication: "key", keyId: key.json.id },
    };
    const { server } = (await admin.post("/api/v1/servers", { name: "way", link })).json;
    const path = `/api/v1/servers/${server.id}`;
    const approve = async (): Promise<unknown> =>
      admin.post(`${path}/link/host-key`, { fingerprint: await sshd.fingerprint("ed25519") });
    const turnUntil = (isSo: () => Promise<boolean> | boolean, describe: string): Promise<unknown> =>
      waitFor(
        async () => {
          await hub.clock.advance(1_000);
          return isSo();
        },
        { timeoutMs: 20_000, describe },
      );
    // Nobody has looked at its key yet: it waits, and nothing is wrong.
    await turnUntil(async () => (await admin.get(path)).json.linkState?.is === "host-key", "its key waits");
    await hub.clock.advance(60_000);
    expect(await world.incidents()).toEqual([]);
    await turnUntil(async () => {
      await approve();
      return (await admin.get(path)).json.presence.is === "online";
    }, "it is read");
    await sshd.restart("new-host-keys");
    const ofKey = () => told.heard.filter(({ title }) => title.includes("another host key"));
    await turnUntil(() => ofKey().length === 1, "it is told");
    expect(ofKey()[0]).toMatchObject({ kind: "opened", severity: "critical" });
    expect((await admin.get(path)).json.linkState.detail).toContain("has changed");
    await turnUntil(async () => {
      await approve();
      return ofKey().some(({ kind }) => kind === "resolved");
    }, "it is told that it ended");
  }, 60_000);
});
