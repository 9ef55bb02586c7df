import { freshStanding, MusterError } from "@muster/core";
import { FakeClock, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { ProbeDesk } from "../src/probes/probe-desk.ts";
import type { ProbeDeskDeps } from "../src/probes/probe-desk.ts";
import type { ProbeWay } from "../src/probes/probe-kind.ts";
import type { Calls, KnownProbe, ProbeDefinition } from "../src/probes/probe-store.ts";
import { settingsWith } from "./probe-fixture.ts";

type Connected = Awaited<ReturnType<ProbeWay["connect"]>>;
const REFUSED: Connected = { ok: false, failure: "refused", detail: "nothing listens there", durationMs: 1 };

const knownProbe = (id: string, kind: "tcp" | "passive", more: Partial<KnownProbe> = {}): KnownProbe => ({
  ...{ id, kind, name: id, via: null, about: null, service: null, tags: [], state: "active", maintenanceUntil: null },
  settings: settingsWith(kind, kind === "tcp" ? { host: "a.example", port: 80 } : {}),
  ...{ intervalMs: 30_000, timeoutMs: 5_000, rise: 1, fall: 1, createdAt: 0, hasSecret: false, tokenHash: null },
  standing: { ...freshStanding(0), beats: [] },
  heard: { ended: null, started: null },
  ...more,
});

/** A desk over what the test says the database, the network and the store of samples do. */
async function world(
  known: KnownProbe,
  {
    connect = () => Promise.resolve(REFUSED),
    secret = () => Promise.resolve(undefined),
    append = () => Promise.resolve(),
  }: {
    readonly connect?: (signal: AbortSignal, host: string) => Promise<Connected>;
    readonly secret?: () => Promise<string | undefined>;
    readonly append?: () => Promise<void>;
  } = {},
) {
  const clock = new FakeClock();
  const logged: string[] = [];
  const kept: Calls[] = [];
  const writes: (() => void)[] = [];
  const store = {
    all: () => Promise.resolve([known]),
    change: (_id: string, definition: ProbeDefinition) => Promise.resolve({ ...known, ...definition }),
    delete: () => Promise.resolve(),
    keepHeard: (_id: string, heard: Calls) =>
      new Promise<void>((resolve) => {
        kept.push(heard);
        writes.push(resolve);
      }),
    keepStandings: () => Promise.resolve(),
    /** As it is kept now. */
    row: known,
    opened: async () => ({ known: store.row, secret: await secret() }),
  };
  const ingest = {
    layout: () => Promise.resolve({ columns: [], series: [], slots: [], refusedCount: 0 }),
    take: append,
  };
  const way = {
    via: undefined,
    loss: () => undefined,
    connect: (host: string, _port: number, signal: AbortSignal) => connect(signal, host),
  };
  const desk = await ProbeDesk.open({
    ...{ store, ingest, clock, atOnceMax: 4, wayOf: () => way },
    fleet: { listen: () => () => undefined, get: () => undefined, noteProbes: () => undefined },
    log: { error: (message: string) => void logged.push(message) },
  } as unknown as ProbeDeskDeps);
  desk.start();
  return { desk, store, clock, logged, kept, writes };
}

test("[PB1] a changed probe looks at once, also while its run before is slow to end", async () => {
  const known = knownProbe("p", "tcp");
  const ends: (() => void)[] = [];
  const { desk, clock } = await world(known, {
    connect: () => new Promise((resolve) => ends.push(() => resolve(REFUSED))),
  });
  const asked = desk.run("p");
  await waitFor(() => ends.length === 1, { describe: "it looks" });
  await desk.change("p", { ...known, name: "other" }, undefined);
  await clock.advance(1_000);
  ends[0]?.();
  await expect(asked).rejects.toMatchObject({ code: "CONFLICT" });
  await waitFor(() => ends.length === 2, { describe: "it looks again" });
  ends[1]?.();
  await waitFor(() => desk.view("p").beats.length === 1, { describe: "the second result counts" });
  await desk.stop();
});

test("[PB6] a probe whose secret cannot be opened is unknown, and the log has the cause", async () => {
  const { desk, logged } = await world(knownProbe("p", "tcp"), {
    secret: () => Promise.reject(new MusterError("KEY_MISSING")),
  });
  expect(await desk.run("p")).toMatchObject({ health: "unknown" });
  expect(logged).toEqual(["a probe failed for a reason that was not foreseen"]);
  await desk.stop();
});

test("[PB10] a new secret goes to its own target only, also while the change is being made", async () => {
  const known = knownProbe("p", "tcp");
  const hosts: string[] = [];
  const written = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const { desk, store } = await world(known, {
    connect: (_signal, host) => {
      hosts.push(host);
      return Promise.resolve(REFUSED);
    },
  });
  const there = { ...known, settings: settingsWith("tcp", { host: "there.example", port: 80 }) };
  store.change = async (_id: string, definition: ProbeDefinition) => {
    store.row = { ...known, ...definition };
    written.resolve();
    await told.promise;
    return store.row;
  };
  const changing = desk.change("p", there, "new");
  await written.promise;
  await desk.run("p");
  told.resolve();
  await changing;
  expect(hosts).toEqual(["there.example"]);
  await desk.stop();
});

test("[PB8] what is being stored of a probe is stored before its deletion is over", async () => {
  let finish: (() => void) | undefined;
  const { desk, clock } = await world(knownProbe("p", "tcp"), {
    append: () => new Promise((resolve) => (finish = resolve)),
  });
  await desk.run("p");
  await clock.advance(1_000);
  await waitFor(() => finish !== undefined, { describe: "it is being stored" });
  let isDeleted = false;
  const deleting = desk.delete("p").then(() => (isDeleted = true));
  await waitFor(() => !desk.has("p"), { describe: "it is gone" });
  await clock.advance(1_000);
  expect(isDeleted).toBe(false);
  finish?.();
  await deleting;
  await desk.stop();
});

test("[PB13] a call that comes while another is written undoes nothing", async () => {
  const { desk, kept, writes } = await world(knownProbe("p", "passive", { tokenHash: "hash" }));
  const calls = [desk.heard("hash", { is: "start", exitCode: null }), desk.heard("hash", { is: "ok", exitCode: null })];
  await waitFor(() => writes.length === 2, { describe: "both are being written" });
  for (const write of writes) write();
  await Promise.all(calls);
  expect(kept.at(-1)).toMatchObject({ started: { is: "start" }, ended: { is: "ok" } });
  await expect(desk.heard("other", { is: "ok", exitCode: null })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await desk.stop();
});

test("[PB14] a start belongs to the end that follows it, and to no later one", async () => {
  const { desk, clock, kept, writes } = await world(knownProbe("p", "passive", { tokenHash: "hash" }));
  for (const is of ["start", "fail", "ok"] as const) {
    const call = desk.heard("hash", { is, exitCode: null });
    writes.at(-1)?.();
    await call;
    await clock.advance(1_000);
  }
  expect(kept.map(({ started }) => started?.is ?? null)).toEqual(["start", "start", null]);
  await desk.stop();
});
