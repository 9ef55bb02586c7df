import { join } from "node:path";
import { NO_SUBJECT, silentLogger, subjectKey } from "@muster/core";
import type { Clock, IncidentEffect, Member, Rule } from "@muster/core";
import { FakeClock, settle, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { IncidentDesk } from "../src/alerts/incident-desk.ts";
import { IncidentStore } from "../src/alerts/incident-store.ts";
import { DeliveryStore } from "../src/notify/delivery-store.ts";
import type { NotifierWay } from "../src/notify/notifier.ts";
import { NotifierDesk } from "../src/notify/notifier-desk.ts";
import { NotifierStore } from "../src/notify/notifier-store.ts";
import type { Database } from "../src/state/database.ts";
import { openState } from "../src/state/database.ts";
import { Mortal } from "./mortal.ts";

const RULE = { id: "00000000-0000-7000-8000-000000000001", name: "Ill" } as Rule;
const SUBJECT = { ...NO_SUBJECT, serverId: "server" };
const KEY = subjectKey(SUBJECT);
const MEMBER: Member = {
  key: KEY,
  subject: SUBJECT,
  title: "ill",
  severity: "error",
  value: null,
  since: 1,
  clearedAt: null,
};
const FIRED: IncidentEffect = { rule: RULE, key: KEY, member: MEMBER, why: "" };
const CLEARED: IncidentEffect = { rule: RULE, key: KEY, member: undefined, why: "" };

interface Heard {
  readonly key: string;
  readonly kind: string;
}

/** The hub's part from incidents to messages, over one database; what it asks of the database can be its last. */
async function life(db: Database, clock: Clock, heard: Heard[], mortal: Mortal, failures = 0) {
  let failed = 0;
  const way = mortal.between({
    request: async ({ body = "" }: { readonly body?: string }) => {
      if (failed++ < failures) return { ok: false, failure: "unreachable", detail: "nobody is there", durationMs: 1 };
      heard.push(JSON.parse(body) as Heard);
      return { ok: true, status: 204, headers: {}, body: new Uint8Array(), isTruncated: false, durationMs: 1 };
    },
  }) as unknown as NotifierWay;
  const notifiers = await NotifierDesk.open({
    ...{ store: mortal.between(new NotifierStore({ db, clock, kek: new Uint8Array(32) })), clock, random: () => 0 },
    ...{
      deliveries: mortal.between(new DeliveryStore(db)),
      wayOf: () => way,
      offersOf: () => [],
      log: silentLogger,
      hubUrl: () => "https://hub",
    },
  });
  const incidents = await IncidentDesk.open({
    ...{
      store: mortal.between(new IncidentStore(db)),
      silences: { all: [] },
      parents: { parentsOf: () => [], isDown: () => false, placeView: () => undefined },
      hearers: notifiers,
      clock,
      log: silentLogger,
    },
    ...{ notifiersOf: () => null, hubUrl: () => "https://hub" },
    world: { tagsOf: () => [], maintenanceUntil: () => null, serverName: (id) => id, serviceId: () => undefined },
  });
  return { notifiers, incidents };
}

const turns = async (count = 30): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await settle();
};

/** One outage, killed at a step; then lives that go on until all is told. Answers what was heard, and how many steps there were. */
async function outage(
  stepsLeft: number,
  failures: number,
): Promise<{ readonly heard: readonly Heard[]; readonly steps: number }> {
  await using directory = await temporaryDirectory("crash");
  const db = await openState(join(directory.path, "state.db"));
  const clock = new FakeClock();
  const heard: Heard[] = [];
  const setUp = new NotifierStore({ db, clock, kek: new Uint8Array(32) });
  await setUp.add(
    {
      ...{ name: "hook", kind: "webhook", settings: { url: "http://127.0.0.1:9/", headers: [], body: "", ca: "" } },
      ...{ isEnabled: true, isDefault: true, severityLeast: "info", delayMs: 0, repeatMs: 0, hours: null },
      fallbackId: null,
    },
    undefined,
  );
  const mortal = new Mortal(stepsLeft, () => undefined);
  const first = await life(db, clock, heard, mortal, failures);
  first.notifiers.start();
  const story = (async () => {
    await first.incidents.turn([FIRED]);
    first.notifiers.poke();
    await turns();
    await clock.advance(5_000);
    await first.incidents.turn([CLEARED]);
    first.notifiers.poke();
    await turns();
    await clock.advance(5_000);
  })();
  await Promise.race([
    story,
    (async () => {
      while (!mortal.isDead) await settle();
    })(),
  ]);
  if (!mortal.isDead) {
    await first.notifiers.stop();
    await db.destroy();
    return { heard, steps: mortal.steps };
  }
  const immortal = new Mortal(Number.POSITIVE_INFINITY, () => undefined);
  const second = await life(db, clock, heard, immortal);
  second.notifiers.start();
  // What was not written down the rules find again.
  if ((await new IncidentStore(db).list({ limit: 1 })).length === 0) await second.incidents.turn([FIRED]);
  for (let turn = 0; turn < 5; turn++) {
    await second.incidents.turn([]);
    second.notifiers.poke();
    await turns(10);
    await clock.advance(5_000);
  }
  await second.incidents.turn([CLEARED]);
  for (let turn = 0; turn < 5; turn++) {
    await second.incidents.turn([]);
    second.notifiers.poke();
    await turns(10);
    await clock.advance(5_000);
  }
  await second.notifiers.stop();
  await db.destroy();
  return { heard, steps: mortal.steps };
}

test.each([0, 2])(
  "[R12] [AL21] [AL22] killed between any two steps nothing is lost, and at most one message comes twice, with its own key (%i failures before)",
  async (failures) => {
    const { heard, steps } = await outage(Number.POSITIVE_INFINITY, failures);
    expect(heard.map(({ kind }) => kind)).toEqual(["opened", "resolved"]);
    expect(steps).toBeGreaterThan(20);
    for (let at = 1; at <= steps; at++) {
      const told = (await outage(at, failures)).heard;
      const why = `killed at step ${at}: ${told.map(({ kind }) => kind).join(", ")}`;
      const byKey = Map.groupBy(told, ({ key }) => key);
      expect(
        [...byKey.values()].map(([one]) => one!.kind),
        why,
      ).toEqual(["opened", "resolved"]);
      expect(told.length - byKey.size, why).toBeLessThanOrEqual(1);
    }
  },
  60_000,
);
