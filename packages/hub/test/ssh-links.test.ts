import { existsSync, readFileSync } from "node:fs";
import type { SshLinkSettings } from "@muster/protocol";
import { needs, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import { expect, test } from "vitest";
import type { FleetEvent } from "../src/fleet/fleet.ts";
import { SshLinks } from "../src/links/ssh/ssh-links.ts";
import type { SshLinksDeps } from "../src/links/ssh/ssh-links.ts";
import { never, sshDeps } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");

interface Kept {
  readonly sshd: Sshd;
  readonly via?: string;
  readonly policy?: string;
  state: string;
  readonly link: "ssh" | "agent";
}

/** Links to servers as they are kept, and what they told. */
async function linksTo(kept: Readonly<Record<string, Kept>>) {
  const listeners = new Set<(event: FleetEvent) => void>();
  const facts: unknown[] = [];
  const links = new Map<string, { serverId: string; settings: SshLinkSettings; hostKey: object }>();
  for (const [serverId, { sshd, via, policy }] of Object.entries(kept)) {
    const settings: SshLinkSettings = {
      ...{ kind: "ssh", host: "127.0.0.1", port: sshd.port, user: "root", authentication: "key", keyId: serverId },
      ...(via !== undefined && { via }),
      ...(policy !== undefined && { policy }),
    };
    const hostKey = { type: "ssh-ed25519", fingerprint: await sshd.fingerprint("ed25519") };
    links.set(serverId, { serverId, settings, hostKey });
  }
  const log = (): void => undefined;
  const deps = {
    ...{ ...sshDeps, random: () => 0, agentSocket: undefined },
    log: { debug: log, info: log, warn: log, error: log },
    fleet: {
      get: (id: string) => kept[id] && { known: { ...kept[id], intervalMs: 1_000 } },
      listen(listener: (event: FleetEvent) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      ...{ heard: log, noteLinkState: log, notePolicy: log, changed: log },
      noteFacts: async (_id: string, told: unknown) => void facts.push(told),
    },
    store: { get: (id: string) => links.get(id), all: () => [...links.values()], listen: () => log },
    sshKeys: { privateKey: async (id: string) => kept[id]!.sshd.privateKey },
    ingest: { layout: async () => ({}), take: async () => undefined },
    services: { take: async () => undefined, lost: log, ledgerSeq: async () => 0, addToLedger: async () => undefined },
    journal: { of: () => ({ unfinished: () => [], resultOf: log }), unconfirmed: () => [] },
  } as unknown as SshLinksDeps;
  const tell = (event: FleetEvent): void => listeners.forEach((listener) => listener(event));
  return { links: new SshLinks(deps), tell, facts };
}

describeSsh("links by SSH", () => {
  test("a server that is revoked is no way to others any more, also where it has an agent", async () => {
    await using sshd = await startSshd();
    const kept: Record<string, Kept> = {
      way: { sshd, state: "active", link: "agent" },
      behind: { sshd, via: "way", state: "active", link: "agent" },
    };
    const { links, tell } = await linksTo(kept);
    const visit = links.visit("behind");
    await visit.reached(never);
    kept["way"]!.state = "revoked";
    tell({ is: "changed", serverId: "way" });
    await waitFor(
      () =>
        visit.host.readFile("/proc/uptime").then(
          () => false,
          () => true,
        ),
      { describe: "the server behind it is not reached" },
    );
    await expect(visit.host.readFile("/proc/uptime")).rejects.toMatchObject({ code: "SERVER_OFFLINE" });
    visit.close();
    await links.stop();
  });

  test("facts of a server are read again after it was away: it may have been started anew", async () => {
    await using sshd = await startSshd();
    const { links, facts } = await linksTo({ one: { sshd, state: "active", link: "ssh" } });
    links.start();
    await waitFor(() => facts.length === 1, { timeoutMs: 20_000, describe: "its facts are told" });
    await sshd.restart();
    await waitFor(() => facts.length === 2, { timeoutMs: 20_000, describe: "they are told again" });
    await links.stop();
  }, 60_000);

  test("[PR77] [PO20] programs of probes are those that the policy names, run there and ended in time", async () => {
    await using sshd = await startSshd();
    await using directory = await temporaryDirectory("ssh-programs");
    const policy = `version: 1
probe:
  exec:
    good: [/bin/sh, -c, 'echo "well $0"; echo number=1; exit 1', "it is"]
    killed: [/bin/sh, -c, "kill -KILL $$"]
    hangs: [/bin/sh, -c, "sleep 1000 & echo $! >${directory.file("child")}; wait"]
    missing: [/no/such/program]
  icmp: ["127.0.0.1"]
`;
    const { links } = await linksTo({ one: { sshd, policy, state: "active", link: "ssh" } });
    links.start();
    await waitFor(() => links.isConnected("one"), { timeoutMs: 20_000, describe: "it is reached" });
    const run = (name: string, signal = never) => Array.fromAsync(links.stream("one", "probe.exec", { name }, signal));
    expect(await run("good")).toEqual([
      { started: true },
      { exitCode: 1, stdout: "well it is\nnumber=1\n", stderr: "", isCut: false },
    ]);
    expect((await run("killed"))[1]).toMatchObject({ exitCode: null });
    await expect(run("missing")).rejects.toMatchObject({ message: "there is no such program" });
    await expect(run("other")).rejects.toMatchObject({
      code: "ACTION_REFUSED",
      message: expect.stringContaining('add "other: [') as unknown,
    });
    for (const name of ["../good", "-good", "go od", "good;id", ""])
      await expect(run(name), name).rejects.toMatchObject({ message: "the name of a program is not valid" });

    const ping = (params: { readonly host: string; readonly packets: number }) =>
      Array.fromAsync(links.stream("one", "probe.ping", params, never));
    if (existsSync("/bin/ping"))
      expect((await ping({ host: "127.0.0.1", packets: 1 }))[1]).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining("1 packets transmitted, 1 ") as unknown,
      });
    await expect(ping({ host: "127.0.0.2", packets: 1 })).rejects.toMatchObject({
      code: "ACTION_REFUSED",
      message: expect.stringContaining('add "127.0.0.2" under probe: icmp:') as unknown,
    });
    for (const host of ["-f", "127.0.0.1 -f", "$(id)", ""])
      await expect(ping({ host, packets: 1 }), host).rejects.toMatchObject({
        message: "host and number of a ping are not valid",
      });

    const giveUp = new AbortController();
    const hanging = run("hangs", giveUp.signal);
    const child = await waitFor(() => pidIn(directory.file("child")), { describe: "it runs" });
    giveUp.abort();
    expect(await hanging).toEqual([{ started: true }]);
    await waitFor(() => !existsSync(`/proc/${child}`), { timeoutMs: 15_000, describe: "it is gone with its child" });
    await links.stop();
  }, 60_000);
});

const pidIn = (path: string): number | undefined =>
  existsSync(path) ? Number(readFileSync(path, "utf8")) || undefined : undefined;
