import { join } from "node:path";
import { NO_SUBJECT, silentLogger, subjectKey } from "@muster/core";
import type { IncidentEffect, Member, Rule } from "@muster/core";

import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { IncidentDesk } from "../src/alerts/incident-desk.ts";
import { IncidentStore } from "../src/alerts/incident-store.ts";
import { openState } from "../src/state/database.ts";

const RULE = { id: "00000000-0000-7000-8000-000000000001", name: "Server is offline" } as Rule;
const NOTIFIER = "00000000-0000-7000-8000-000000000002";
const SERVERS = 10_000;

const effect = (server: number, is: "fired" | "cleared"): IncidentEffect => {
  const subject = { ...NO_SUBJECT, serverId: `server-${server}` };
  const key = subjectKey(subject);
  const member: Member = {
    key,
    subject,
    title: `server-${server} is offline`,
    severity: "critical",
    value: null,
    since: 1,
    clearedAt: null,
  };
  return { rule: RULE, key, member: is === "fired" ? member : undefined, why: "" };
};

test("[DS-06] [AL9] ten thousand servers that fail in one second are one incident and two messages", async () => {
  await using directory = await temporaryDirectory("storm");
  const db = await openState(join(directory.path, "state.db"));
  const clock = new FakeClock();
  await db
    .insertInto("notifier")
    .values({
      ...{ id: NOTIFIER, name: "log", kind: "log", settings: "{}", secret_sealed: null, is_enabled: 1, is_default: 1 },
      ...{ severity_least: "info", delay_ms: 0, repeat_ms: 0, hours: null, fallback_id: null, state: "untried" },
      ...{ state_since: 0, state_detail: "", created_at: 0, refusals: 0 },
    })
    .execute();
  const store = new IncidentStore(db);
  const open = () =>
    IncidentDesk.open({
      ...{
        store,
        silences: { all: [] },
        parents: { parentsOf: () => [], isDown: () => false, placeView: () => undefined },
        clock,
        log: silentLogger,
        notifiersOf: () => null,
        hubUrl: () => "https://hub",
      },
      hearers: {
        of: () => [
          {
            notifierId: NOTIFIER,
            hearing: { severityLeast: "info", delayMs: 0, repeatMs: 0, wantsAcknowledged: false },
            isIn: () => true,
          },
        ],
      },
      world: { tagsOf: () => [], maintenanceUntil: () => null, serverName: (id) => id, serviceId: () => undefined },
    });
  const desk = await open();
  const all = Array.from({ length: SERVERS }, (_server, index) => index);
  // In two turns: not everybody is found at once.
  await desk.turn(all.slice(0, 4_000).map((index) => effect(index, "fired")));
  await clock.advance(1_000);
  await desk.turn(all.slice(4_000).map((index) => effect(index, "fired")));
  const [incident] = desk.open;
  expect(desk.open).toHaveLength(1);
  expect(incident!.members).toHaveLength(SERVERS);
  expect(desk.view(incident!)).toMatchObject({ wrongCount: SERVERS, memberCount: SERVERS });
  const notices = async () =>
    (await db.selectFrom("delivery").select("notice").orderBy("seq").execute()).map(
      ({ notice }) => JSON.parse(notice) as { kind: string; wrongCount: number; lines: string[] },
    );
  expect(await notices()).toMatchObject([{ kind: "opened", wrongCount: 4_000 }]);
  await clock.advance(61_000);
  await desk.turn([]);
  expect(await notices()).toMatchObject([{ kind: "opened" }, { kind: "grown", wrongCount: SERVERS }]);
  expect((await notices())[1]!.lines).toHaveLength(11);
  // What was kept is what is: a hub that starts anew knows all of them, and tells nothing.
  const again = await open();
  await again.turn([]);
  expect(again.open[0]!.members).toHaveLength(SERVERS);
  await again.turn(all.map((index) => effect(index, "cleared")));
  expect(again.open).toEqual([]);
  expect((await notices()).map(({ kind }) => kind)).toEqual(["opened", "grown", "resolved"]);
  await db.destroy();
}, 60_000);
