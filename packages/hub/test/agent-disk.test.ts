import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { connectAs, joinAs, needs, runProgram, ScriptedAgent, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

const describeRoot = await needs("root");

describeRoot("on a small disk", () => {
  test(
    "R19 a full disk: agents hold and stay connected, reading goes on, the hub says so, and it recovers by itself",
    { timeout: 60_000 },
    async () => {
      await using directory = await temporaryDirectory("agent-disk");
      const mounted = await runProgram([
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=32m,mode=700",
        "muster-test",
        directory.path,
      ]);
      expect(mounted.stderr).toBe("");
      try {
        await using hub = await TestHub.start({ dataDir: directory.file("data") });
        const identity = await hub.join("on-full-disk");
        const second = await hub.join("comes-later");
        const token = await hub.token({ name: "joins-later" });
        const at = Date.now();
        const define = Array.from({ length: 200 }, (_, index) => ({ metric: `test_${index}` }));
        const send = (agent: ScriptedAgent, seq: number): void =>
          agent.batch(
            seq,
            at + seq,
            define.map(() => seq),
            { define },
          );

        await using agent = await connectAs(hub.address, identity);
        send(agent, 1);
        await agent.acknowledged(1);
        const ballast = directory.file("ballast");
        const { bavail, bsize } = statfsSync(directory.path);
        writeFileSync(ballast, new Uint8Array(bavail * bsize - 64 * 1024));
        let seq = 1;
        await waitFor(
          () => {
            send(agent, ++seq);
            return agent.frames.find((frame) => frame.t === "hold");
          },
          { timeoutMs: 20_000, intervalMs: 5, describe: "the hub tells to hold" },
        );
        expect(agent.frames.find((frame) => frame.t === "hold")).toMatchObject({ forMs: 10_000 });
        // The last pages go, too, so that nothing at all can be written.
        const rest = statfsSync(directory.path);
        writeFileSync(`${ballast}2`, new Uint8Array(rest.bavail * rest.bsize));
        // What was on its way when the first one failed may have fitted still; now nothing does.
        const state = async (): Promise<string> =>
          (await hub.ask<{ storage: { state: string } }>("GET", "status")).body.storage.state;
        await waitFor(
          async () => {
            send(agent, ++seq);
            return (await state()) === "full";
          },
          { timeoutMs: 20_000, intervalMs: 20, describe: "the hub says that its disk is full" },
        );
        const sent = seq;
        const acknowledgedBefore = agent.frames.flatMap((frame) => (frame.t === "ack" ? frame.seqs : []));

        const status = await hub.ask<{ storage: { state: string }; warnings: string[] }>("GET", "status");
        expect(status.body.storage.state).toBe("full");
        expect(status.body.warnings.join()).toContain("Samples cannot be stored now");
        expect((await hub.tally(identity.serverId, "test_0", at, at + 60_000)).count).toBeGreaterThan(0);
        expect((await hub.server(identity.serverId)).presence.is).toBe("online");

        // Whoever connects now is heard and told to hold; its layout need not be said again.
        await using later = await connectAs(hub.address, second, { spoolHead: 1 });
        later.send({ t: "policy", policyHash: "p", policySummary: { state: "monitor-only", why: "", entries: [] } });
        send(later, 1);
        later.send({ t: "batch", seq: 2, layout: 0, rows: [[at + 2, 2]] });
        await later.next("hold");
        later.send({ t: "are-you-there" });
        await later.next("unsupported");
        expect(later.closed).toBeUndefined();
        expect((await hub.server(second.serverId)).presence.is).toBe("online");
        // Joining writes, and what cannot be written does not happen; the token keeps its use.
        await expect(joinAs(hub.address, token, "joins-later")).rejects.toThrow('"code":1012');
        expect(hub.logged("what an agent said could not be kept")).not.toEqual([]);

        rmSync(ballast);
        rmSync(`${ballast}2`);
        await waitFor(
          () => {
            later.send({ t: "batch", seq: 2, layout: 0, rows: [[at + 2, 2]] });
            return later.isAcknowledged(2);
          },
          { timeoutMs: 10_000, intervalMs: 100, describe: "stored again" },
        );
        for (let again = 1; again <= sent; again++) send(agent, again);
        for (let again = 1; again <= sent; again++) await agent.acknowledged(again);
        expect(acknowledgedBefore.length).toBeGreaterThan(0);
        expect(await hub.tally(identity.serverId, "test_7", at, at + 60_000)).toEqual({
          count: sent,
          sum: (sent * (sent + 1)) / 2,
        });
        await waitFor(
          async () => {
            later.send({ t: "batch", seq: 2, layout: 0, rows: [[at + 2, 2]] });
            return (await state()) === "working";
          },
          { timeoutMs: 15_000, intervalMs: 200, describe: "the hub says that it stores again" },
        );
        expect((await joinAs(hub.address, token, "joins-later")).serverId).not.toBe("");
        await hub.restart();
        expect((await hub.tally(identity.serverId, "test_7", at, at + 60_000)).count).toBe(sent);
      } finally {
        await runProgram(["umount", directory.path]);
      }
    },
  );
});
